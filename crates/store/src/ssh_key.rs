//! Table `sshkey`.

use crate::audit;
use crate::change;
use crate::directory_repository::act;
use crate::error::StoreError;
use crate::object::content;
use crate::store::Store;
use async_trait::async_trait;
use directory::{Author, ObjectKey, RepositoryError, SshKey, SshKeyRepository, UserId};
use rusqlite::{Connection, OptionalExtension, params};

const SELECT: &str =
    "SELECT u.userid, k.key, k.fingerprint, k.comment FROM sshkey k JOIN enduser u ON u.pkid = k.fkenduser";

#[async_trait]
impl SshKeyRepository for Store {
    async fn all_ssh_keys(&self) -> Result<Vec<(UserId, SshKey)>, RepositoryError> {
        Ok(self.read(|reader| read(&reader.connection, None)).await?)
    }

    async fn ssh_keys(&self, user: &UserId) -> Result<Vec<SshKey>, RepositoryError> {
        let user = user.clone();
        let keys = self.read(move |reader| read(&reader.connection, Some(user.as_str()))).await?;
        Ok(keys.into_iter().map(|(_, key)| key).collect())
    }

    async fn add_ssh_key(&self, author: &Author, user: &UserId, key: SshKey) -> Result<(), RepositoryError> {
        key.validate()?;
        let (author, user) = (author.clone(), user.clone());
        let add = move |connection: &Connection| {
            let (own, user) = existing(connection, &user)?;
            let count = "SELECT count(*) FROM sshkey WHERE fkenduser = ?";
            let count: usize = connection.query_row(count, [&own], |row| row.get(0))?;
            if count >= SshKey::MOST {
                return Err(SshKey::too_many().into());
            }
            let insert = "INSERT INTO sshkey (fkenduser, fingerprint, key, comment) VALUES (?, ?, ?, ?)
                 ON CONFLICT DO NOTHING";
            if connection.execute(insert, params![own, key.fingerprint, key.key, key.comment])? == 0 {
                return Err(key.duplicate().into());
            }
            change::next_sequence(connection)?;
            let object = ObjectKey::User(user).to_string();
            audit::append(connection, &act(&author, "add SSH key", object, key.fingerprint))
        };
        Ok(self.write(add).await?)
    }

    async fn remove_ssh_key(&self, author: &Author, user: &UserId, fingerprint: &str) -> Result<bool, RepositoryError> {
        let (author, user, fingerprint) = (author.clone(), user.clone(), fingerprint.to_owned());
        let remove = move |connection: &Connection| {
            let (own, user) = existing(connection, &user)?;
            let delete = "DELETE FROM sshkey WHERE fkenduser = ? AND fingerprint = ?";
            if connection.execute(delete, params![own, fingerprint])? == 0 {
                return Ok(false);
            }
            change::next_sequence(connection)?;
            let object = ObjectKey::User(user).to_string();
            audit::append(connection, &act(&author, "remove SSH key", object, fingerprint))?;
            Ok(true)
        };
        Ok(self.write(remove).await?)
    }
}

fn read(connection: &Connection, user: Option<&str>) -> Result<Vec<(UserId, SshKey)>, StoreError> {
    let filter = if user.is_some() { "u.userid = ?1" } else { "?1 IS NULL" };
    let query = format!("{SELECT} WHERE {filter} ORDER BY u.userid, k.fingerprint");
    let mut statement = connection.prepare_cached(&query)?;
    let mut rows = statement.query([user])?;
    let mut keys = Vec::new();
    while let Some(row) = rows.next()? {
        let user = content(UserId::new(&row.get::<_, String>(0)?))?;
        keys.push((user, SshKey { key: row.get(1)?, fingerprint: row.get(2)?, comment: row.get(3)? }));
    }
    Ok(keys)
}

/// The primary key of a user, and the user in the spelling of the directory.
fn existing(connection: &Connection, user: &UserId) -> Result<(String, UserId), StoreError> {
    let query = "SELECT pkid, userid FROM enduser WHERE userid = ?";
    let found = connection.query_row(query, [user.as_str()], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)));
    match found.optional()? {
        Some((own, spelled)) => Ok((own, content(UserId::new(&spelled))?)),
        None => Err(RepositoryError::NotFound(ObjectKey::User(user.clone())).into()),
    }
}
