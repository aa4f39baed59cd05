//! Table `webhook`. A secret is sealed for its own webhook, so that it opens in no other row.

use crate::audit;
use crate::change;
use crate::directory_repository::act;
use crate::error::StoreError;
use crate::store::Store;
use async_trait::async_trait;
use authorization::Uuid;
use directory::{Author, EventKind, RepositoryError, Version, Webhook, WebhookChange, WebhookRepository};
use rusqlite::{Connection, OptionalExtension, Row, params};

const SELECT: &str = "SELECT id, name, url, kinds, active, version FROM webhook";

fn purpose(id: Uuid) -> String {
    format!("ringbearer webhook {id}")
}

#[async_trait]
impl WebhookRepository for Store {
    async fn webhooks(&self) -> Result<Vec<(Webhook, Version)>, RepositoryError> {
        let read = self.read(|reader| {
            let mut statement = reader.connection.prepare_cached(&format!("{SELECT} ORDER BY name"))?;
            let mut rows = statement.query([])?;
            let mut webhooks = Vec::new();
            while let Some(row) = rows.next()? {
                webhooks.push(from_row(row)?);
            }
            Ok(webhooks)
        });
        Ok(read.await?)
    }

    async fn add_webhook(&self, author: &Author, webhook: Webhook, secret: Vec<u8>) -> Result<(), RepositoryError> {
        webhook.validate()?;
        let sealed = self.key_encryption().seal(&purpose(webhook.id), &secret)?;
        let author = author.clone();
        let add = move |connection: &Connection| {
            let count: usize = connection.query_row("SELECT count(*) FROM webhook", [], |row| row.get(0))?;
            if count >= Webhook::MOST {
                return Err(Webhook::too_many().into());
            }
            let version = change::next_sequence(connection)?;
            let id = webhook.id.to_string();
            let inserted = connection.execute(
                "INSERT INTO webhook (id, name, url, kinds, active, version, sealed) VALUES (?, ?, ?, ?, ?, ?, ?)
                 ON CONFLICT (name) DO NOTHING",
                params![id, webhook.name, webhook.url, words(&webhook), webhook.active, version, sealed],
            )?;
            if inserted == 0 {
                return Err(webhook.duplicate_name().into());
            }
            audit::append(connection, &act(&author, "put", described(&webhook), "added".into()))
        };
        Ok(self.write(add).await?)
    }

    async fn change_webhook(
        &self,
        author: &Author,
        webhook: Webhook,
        version: Option<Version>,
    ) -> Result<WebhookChange, RepositoryError> {
        webhook.validate()?;
        let author = author.clone();
        let change = move |connection: &Connection| {
            match find(connection, webhook.id)? {
                None => return Ok(WebhookChange::Absent),
                Some((_, stored)) if version.is_some_and(|version| version != stored) => {
                    return Ok(WebhookChange::Changed);
                }
                Some(_) => {}
            }
            let taken = "SELECT 1 FROM webhook WHERE name = ? AND id <> ?";
            let (id, name) = (webhook.id.to_string(), webhook.name.as_str());
            if connection.query_row(taken, [name, id.as_str()], |_| Ok(())).optional()?.is_some() {
                return Err(webhook.duplicate_name().into());
            }
            let version = change::next_sequence(connection)?;
            connection.execute(
                "UPDATE webhook SET name = ?2, url = ?3, kinds = ?4, active = ?5, version = ?6 WHERE id = ?1",
                params![id, name, webhook.url, words(&webhook), webhook.active, version],
            )?;
            audit::append(connection, &act(&author, "put", described(&webhook), "changed".into()))?;
            Ok(WebhookChange::Done)
        };
        Ok(self.write(change).await?)
    }

    async fn remove_webhook(
        &self,
        author: &Author,
        id: Uuid,
        version: Option<Version>,
    ) -> Result<WebhookChange, RepositoryError> {
        let author = author.clone();
        let remove = move |connection: &Connection| {
            let Some((webhook, stored)) = find(connection, id)? else { return Ok(WebhookChange::Absent) };
            if version.is_some_and(|version| version != stored) {
                return Ok(WebhookChange::Changed);
            }
            connection.execute("DELETE FROM webhook WHERE id = ?", [id.to_string()])?;
            change::next_sequence(connection)?;
            audit::append(connection, &act(&author, "remove", described(&webhook), String::new()))?;
            Ok(WebhookChange::Done)
        };
        Ok(self.write(remove).await?)
    }

    async fn webhook_secret(&self, id: Uuid) -> Result<Option<Vec<u8>>, RepositoryError> {
        let read = self.read(move |reader| {
            let query = "SELECT sealed FROM webhook WHERE id = ?";
            let sealed: Option<Vec<u8>> =
                reader.connection.query_row(query, [id.to_string()], |row| row.get(0)).optional()?;
            Ok(sealed)
        });
        let Some(sealed) = read.await? else { return Ok(None) };
        Ok(Some(self.key_encryption().open_sealed(&purpose(id), &sealed)?.to_vec()))
    }
}

fn find(connection: &Connection, id: Uuid) -> Result<Option<(Webhook, Version)>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("{SELECT} WHERE id = ?"))?;
    statement.query_row([id.to_string()], |row| Ok(from_row(row))).optional()?.transpose()
}

fn words(webhook: &Webhook) -> String {
    webhook.kinds.iter().map(|kind| kind.word()).collect::<Vec<_>>().join(" ")
}

fn described(webhook: &Webhook) -> String {
    format!("Webhook \"{}\"", webhook.name)
}

fn from_row(row: &Row<'_>) -> Result<(Webhook, Version), StoreError> {
    let damaged = || StoreError::Content("a webhook cannot be read".into());
    let (id, kinds): (String, String) = (row.get(0)?, row.get(3)?);
    let kinds: Option<Vec<EventKind>> = kinds.split(' ').map(EventKind::from_word).collect();
    let webhook = Webhook {
        id: Uuid::try_parse(&id).map_err(|_| damaged())?,
        name: row.get(1)?,
        url: row.get(2)?,
        kinds: kinds.ok_or_else(damaged)?,
        active: row.get(4)?,
    };
    Ok((webhook, Version(row.get(5)?)))
}
