//! Table `api_token`.

use crate::audit;
use crate::directory_repository::act;
use crate::error::StoreError;
use crate::store::Store;
use async_trait::async_trait;
use authorization::{ApiScope, ApiToken, ApiTokenRepository, TokenHash, UnixTime, Uuid};
use directory::{Author, ObjectKey, RepositoryError, UserId};
use rusqlite::{Connection, OptionalExtension, Row, params};

const SELECT: &str = "SELECT t.id, t.name, u.userid, t.scopes, t.created_at, t.expires_at, t.last_used_at
    FROM api_token t JOIN enduser u ON u.pkid = t.fkenduser";

#[async_trait]
impl ApiTokenRepository for Store {
    async fn add_api_token(&self, author: &Author, token: ApiToken, hash: TokenHash) -> Result<(), RepositoryError> {
        let author = author.clone();
        Ok(self.write(move |connection| add(connection, &author, &token, hash)).await?)
    }

    async fn api_token(&self, hash: TokenHash) -> Result<Option<ApiToken>, RepositoryError> {
        let read = self.read(move |reader| {
            let mut statement = reader.connection.prepare_cached(&format!("{SELECT} WHERE t.hash = ?"))?;
            statement.query_row([hash.as_bytes()], |row| Ok(from_row(row))).optional()?.transpose()
        });
        Ok(read.await?)
    }

    async fn api_tokens(&self) -> Result<Vec<ApiToken>, RepositoryError> {
        let read = self.read(|reader| {
            let mut statement = reader.connection.prepare_cached(&format!("{SELECT} ORDER BY u.userid, t.name"))?;
            let mut rows = statement.query([])?;
            let mut tokens = Vec::new();
            while let Some(row) = rows.next()? {
                tokens.push(from_row(row)?);
            }
            Ok(tokens)
        });
        Ok(read.await?)
    }

    async fn remove_api_token(&self, author: &Author, id: Uuid) -> Result<bool, RepositoryError> {
        let author = author.clone();
        let remove = move |connection: &Connection| {
            let found = connection.prepare_cached(&format!("{SELECT} WHERE t.id = ?"))?;
            let mut found = found;
            let token = found.query_row([id.to_string()], |row| Ok(from_row(row))).optional()?.transpose()?;
            let Some(token) = token else { return Ok(false) };
            connection.execute("DELETE FROM api_token WHERE id = ?", [id.to_string()])?;
            audit::append(connection, &act(&author, "revoke", described(&token), String::new()))?;
            Ok(true)
        };
        Ok(self.write(remove).await?)
    }

    async fn note_api_token_use(&self, id: Uuid, at: UnixTime) -> Result<(), RepositoryError> {
        let note = "UPDATE api_token SET last_used_at = max(coalesce(last_used_at, 0), ?2) WHERE id = ?1";
        let write = move |connection: &Connection| {
            connection.prepare_cached(note)?.execute(params![id.to_string(), at.0])?;
            Ok(())
        };
        Ok(self.write(write).await?)
    }
}

fn add(connection: &Connection, author: &Author, token: &ApiToken, hash: TokenHash) -> Result<(), StoreError> {
    let owner = token.owner.as_str();
    let query = "SELECT pkid FROM enduser WHERE userid = ?";
    let pkid: Option<String> = connection.query_row(query, [owner], |row| row.get(0)).optional()?;
    let Some(pkid) = pkid else { return Err(RepositoryError::NotFound(ObjectKey::User(token.owner.clone())).into()) };
    // What is over makes room, and gives its name back.
    connection.execute("DELETE FROM api_token WHERE expires_at <= ?", [token.created.0])?;
    let count: usize = connection.query_row("SELECT count(*) FROM api_token", [], |row| row.get(0))?;
    if count >= ApiToken::MOST_TOKENS {
        return Err(ApiToken::too_many().into());
    }
    let scopes: Vec<String> = token.scopes.iter().map(ToString::to_string).collect();
    let inserted = connection.execute(
        "INSERT INTO api_token (id, hash, name, fkenduser, scopes, created_at, expires_at)
         VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (fkenduser, name) DO NOTHING",
        params![
            token.id.to_string(),
            hash.as_bytes(),
            token.name,
            pkid,
            scopes.join(" "),
            token.created.0,
            token.expires.0
        ],
    )?;
    if inserted == 0 {
        return Err(token.duplicate_name().into());
    }
    let detail = format!("{} until {}", scopes.join(" "), token.expires.0);
    audit::append(connection, &act(author, "create", described(token), detail))
}

fn described(token: &ApiToken) -> String {
    format!("API Token \"{}\" of {}", token.name, token.owner)
}

fn from_row(row: &Row<'_>) -> Result<ApiToken, StoreError> {
    let damaged = |what: &str| StoreError::Content(format!("an API token has an unknown {what}"));
    let (id, owner, scopes): (String, String, String) = (row.get(0)?, row.get(2)?, row.get(3)?);
    let scopes: Result<Vec<ApiScope>, _> = scopes.split(' ').map(str::parse).collect();
    Ok(ApiToken {
        id: Uuid::try_parse(&id).map_err(|_| damaged("identifier"))?,
        name: row.get(1)?,
        owner: UserId::new(&owner).map_err(|_| damaged("owner"))?,
        scopes: scopes.map_err(|_| damaged("scope"))?,
        created: UnixTime(row.get(4)?),
        expires: UnixTime(row.get(5)?),
        last_used: row.get::<_, Option<u64>>(6)?.map(UnixTime),
    })
}
