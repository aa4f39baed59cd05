//! The directory's repository over the database.

use crate::audit;
use crate::authorization_repository::revoke;
use crate::change::{self, Kind};
use crate::error::StoreError;
use crate::store::{Store, unix_now};
use crate::{cluster_restart, location, object, running, service};
use async_trait::async_trait;
use authorization::{Revocation, RevocationReason, UnixTime};
use directory::{
    AuditRecord, Author, Claim, ClusterRestart, DeviceLocation, DeviceName, DigestSecret, Directory,
    DirectoryRepository, ExpresswayC, Host, LocationChange, NodeName, NodeRestartState, NodeSettings, Object,
    ObjectKey, Parameter, PasswordHash, Precondition, RepositoryError, RequestState, Service, ServiceAct, ServiceName,
    ServiceRequest, UserId,
};
use rusqlite::{Connection, OptionalExtension, params};
use std::sync::Arc;

#[async_trait]
impl DirectoryRepository for Store {
    async fn load(&self) -> Result<Arc<Directory>, RepositoryError> {
        Ok(self.load_directory().await?)
    }

    async fn change_sequence(&self) -> Result<u64, RepositoryError> {
        Ok(self.read(|reader| reader.sequence()).await?)
    }

    async fn put(&self, author: &Author, objects: Vec<(Object, Precondition)>) -> Result<(), RepositoryError> {
        let (author, from) = (author.clone(), self.cached_directory());
        let write = move |connection: &Connection| {
            let mut directory = object::refresh(connection, &from)?;
            let sequence = change::next_sequence(connection)?;
            for (object, precondition) in objects {
                put_one(connection, &author, &directory, &object, precondition, sequence)?;
                directory.put(object, directory::Version(sequence));
            }
            Ok(())
        };
        Ok(self.write(write).await?)
    }

    async fn rename_expressway(
        &self,
        author: &Author,
        from: &Host,
        version: directory::Version,
        row: ExpresswayC,
    ) -> Result<(), RepositoryError> {
        let (author, from, cached) = (author.clone(), from.clone(), self.cached_directory());
        let write = move |connection: &Connection| {
            let directory = object::refresh(connection, &cached)?;
            let object = Object::Expressway(row.clone());
            let (before, after) = (ObjectKey::Expressway(from.clone()), object.key());
            check(&directory, &before, Precondition::Version(version))?;
            check(&directory, &after, Precondition::Absent)?;
            directory.validate_put(&object)?;
            object::rename_expressway(connection, &from, &row)?;
            let sequence = change::next_sequence(connection)?;
            change::touch(connection, Kind::Expressway, before.name(), sequence, true)?;
            change::touch(connection, Kind::Expressway, after.name(), sequence, false)?;
            audit::append(connection, &act(&author, "rename", before.to_string(), format!("to {}", row.host)))
        };
        Ok(self.write(write).await?)
    }

    async fn remove(&self, author: &Author, key: ObjectKey, precondition: Precondition) -> Result<(), RepositoryError> {
        let (author, from) = (author.clone(), self.cached_directory());
        let write = move |connection: &Connection| {
            let directory = object::refresh(connection, &from)?;
            directory.check_remove(&key, precondition)?;
            if let ObjectKey::User(user) = &key {
                end_tokens(connection, user)?;
            }
            object::delete(connection, &key)?;
            let sequence = change::next_sequence(connection)?;
            change::touch(connection, object::kind_of(&key), key.name(), sequence, true)?;
            audit::append(connection, &act(&author, "remove", key.to_string(), String::new()))
        };
        Ok(self.write(write).await?)
    }

    async fn set_parameter(&self, author: &Author, name: &str, value: &str) -> Result<(), RepositoryError> {
        self.write_parameter(author, name, None, value).await?;
        Ok(())
    }

    async fn replace_parameter(
        &self,
        author: &Author,
        name: &str,
        before: &str,
        value: &str,
    ) -> Result<bool, RepositoryError> {
        self.write_parameter(author, name, Some(before.to_owned()), value).await
    }

    async fn password_hash(&self, user: &UserId) -> Result<Option<PasswordHash>, RepositoryError> {
        let user = user.clone();
        let query = "SELECT c.password_hash FROM enduser u JOIN credential c ON c.fkenduser = u.pkid
             WHERE u.userid = ?";
        let read = self.read(move |reader| {
            let mut statement = reader.connection.prepare_cached(query)?;
            let found: Option<Option<String>> = statement.query_row([user.as_str()], |row| row.get(0)).optional()?;
            Ok(found.flatten().map(PasswordHash::new))
        });
        Ok(read.await?)
    }

    async fn set_password_hash(
        &self,
        author: &Author,
        user: &UserId,
        hash: PasswordHash,
    ) -> Result<(), RepositoryError> {
        let (author, user) = (author.clone(), user.clone());
        let write = move |connection: &Connection| {
            let set = "INSERT INTO credential (fkenduser, password_hash)
                 SELECT pkid, ?2 FROM enduser WHERE userid = ?1
                 ON CONFLICT DO UPDATE SET password_hash = ?2";
            let rows = connection.execute(set, [user.as_str(), hash.expose()])?;
            end_tokens(connection, &user)?;
            credential_set(connection, &author, &user, rows, "set password")
        };
        Ok(self.write(write).await?)
    }

    async fn set_digest_secret(
        &self,
        author: &Author,
        user: &UserId,
        secret: DigestSecret,
    ) -> Result<(), RepositoryError> {
        let (author, user) = (author.clone(), user.clone());
        let write = move |connection: &Connection| {
            let set = "INSERT INTO credential (fkenduser, digest_realm, ha1_md5, ha1_sha256)
                 SELECT pkid, ?2, ?3, ?4 FROM enduser WHERE userid = ?1
                 ON CONFLICT DO UPDATE SET digest_realm = ?2, ha1_md5 = ?3, ha1_sha256 = ?4";
            let values = params![user.as_str(), secret.realm, secret.ha1_md5, secret.ha1_sha256];
            let rows = connection.execute(set, values)?;
            credential_set(connection, &author, &user, rows, "set digest credentials")
        };
        Ok(self.write(write).await?)
    }

    async fn begin_node(&self, node: &NodeName) -> Result<(), RepositoryError> {
        let node = node.clone();
        let begin = move |connection: &Connection| {
            location::release_all(connection, &node)?;
            service::finish_all(connection, &node)?;
            cluster_restart::end_led_by(connection, &node, unix_now())
        };
        Ok(self.write(begin).await?)
    }

    async fn record_running(&self, settings: &NodeSettings) -> Result<(), RepositoryError> {
        let settings = settings.clone();
        Ok(self.write(move |connection| running::record(connection, &settings)).await?)
    }

    async fn running(&self, node: &NodeName) -> Result<Option<NodeSettings>, RepositoryError> {
        let node = node.clone();
        Ok(self.read(move |reader| running::find(&reader.connection, &node)).await?)
    }

    async fn request_service(
        &self,
        author: &Author,
        node: &NodeName,
        service: ServiceName,
        act: ServiceAct,
    ) -> Result<u64, RepositoryError> {
        let (author, node) = (author.clone(), node.clone());
        Ok(self.write(move |connection| service::request(connection, &author, &node, (service, act))).await?)
    }

    async fn take_service_request(&self, node: &NodeName) -> Result<Option<ServiceRequest>, RepositoryError> {
        let own = node.clone();
        // Asked after every change, and nearly always for nothing: no write then.
        if !self.read(move |reader| service::is_waiting(&reader.connection, &own)).await? {
            return Ok(None);
        }
        let node = node.clone();
        Ok(self.write(move |connection| service::take(connection, &node)).await?)
    }

    async fn finish_service_request(&self, request: u64, state: RequestState) -> Result<(), RepositoryError> {
        Ok(self.write(move |connection| service::finish(connection, request, &state)).await?)
    }

    async fn service_request_state(&self, request: u64) -> Result<RequestState, RepositoryError> {
        Ok(self.read(move |reader| service::state(&reader.connection, request)).await?)
    }

    async fn note_service(&self, node: &NodeName, service: &Service) -> Result<(), RepositoryError> {
        let (node, service) = (node.clone(), service.clone());
        Ok(self.write(move |connection| service::note(connection, &node, &service)).await?)
    }

    async fn services(&self, node: &NodeName) -> Result<Vec<Service>, RepositoryError> {
        let node = node.clone();
        Ok(self.read(move |reader| service::all(&reader.connection, &node)).await?)
    }

    async fn begin_cluster_restart(
        &self,
        author: &Author,
        leader: &NodeName,
        nodes: &[NodeName],
    ) -> Result<Option<u64>, RepositoryError> {
        let (author, leader, nodes) = (author.clone(), leader.clone(), nodes.to_vec());
        let begin = move |connection: &Connection| {
            let begun = cluster_restart::begin(connection, &author, &leader, &nodes, unix_now())?;
            if begun.is_some() {
                let names: Vec<_> = nodes.iter().map(NodeName::as_str).collect();
                let object = "Cisco CallManager on the cluster".into();
                audit::append(connection, &act(&author, "restart", object, names.join(", ")))?;
            }
            Ok(begun)
        };
        Ok(self.write(begin).await?)
    }

    async fn note_cluster_restart(
        &self,
        restart: u64,
        node: &NodeName,
        state: &NodeRestartState,
    ) -> Result<(), RepositoryError> {
        let (node, state) = (node.clone(), state.clone());
        let note = move |connection: &Connection| cluster_restart::note(connection, restart, &node, &state, unix_now());
        Ok(self.write(note).await?)
    }

    async fn end_cluster_restart(&self, restart: u64, reason: &str) -> Result<(), RepositoryError> {
        let reason = reason.to_owned();
        let end = move |connection: &Connection| cluster_restart::end(connection, restart, &reason, unix_now());
        Ok(self.write(end).await?)
    }

    async fn cluster_restart(&self) -> Result<Option<ClusterRestart>, RepositoryError> {
        Ok(self.read(|reader| cluster_restart::last(&reader.connection)).await?)
    }

    async fn renew_lease(&self, node: &NodeName, until_unix: u64) -> Result<(), RepositoryError> {
        let node = node.clone();
        Ok(self.write(move |connection| location::renew_lease(connection, &node, until_unix)).await?)
    }

    async fn lease(&self, node: &NodeName) -> Result<Option<u64>, RepositoryError> {
        let node = node.clone();
        Ok(self.read(move |reader| location::lease(&reader.connection, &node)).await?)
    }

    async fn note_location(&self, change: LocationChange) -> Result<Claim, RepositoryError> {
        Ok(self.write(move |connection| location::note(connection, &change, unix_now())).await?)
    }

    async fn device_location(&self, device: &DeviceName) -> Result<Option<DeviceLocation>, RepositoryError> {
        let device = device.clone();
        Ok(self.read(move |reader| location::find(&reader.connection, &device, unix_now())).await?)
    }

    async fn device_locations(&self) -> Result<Vec<DeviceLocation>, RepositoryError> {
        Ok(self.read(|reader| location::all(&reader.connection, unix_now())).await?)
    }

    async fn audit(&self, record: AuditRecord) -> Result<(), RepositoryError> {
        Ok(self.write(move |connection| audit::append(connection, &record)).await?)
    }

    async fn audit_records(&self, most: usize) -> Result<Vec<AuditRecord>, RepositoryError> {
        Ok(self.read(move |reader| audit::newest(&reader.connection, most)).await?)
    }

    async fn audit_page(&self, before: Option<u64>, most: usize) -> Result<Vec<(u64, AuditRecord)>, RepositoryError> {
        Ok(self.read(move |reader| audit::page(&reader.connection, before, most)).await?)
    }
}

impl Store {
    /// The number of the first row of the audit log that was tampered with, if any.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn audit_break(&self) -> Result<Option<i64>, StoreError> {
        self.read(|reader| audit::first_break(&reader.connection)).await
    }

    /// Sets a parameter, if it has the value that is expected, if one is; says whether it had.
    async fn write_parameter(
        &self,
        author: &Author,
        name: &str,
        expected: Option<String>,
        value: &str,
    ) -> Result<bool, RepositoryError> {
        let mut checked = directory::EnterpriseParameters::default();
        checked.set(name, value)?;
        let Some(parameter) = Parameter::find(name) else {
            return Err(RepositoryError::Corrupt("a parameter that was found is gone".into()));
        };
        let (author, value) = (author.clone(), checked.get(parameter).to_owned());
        let write = move |connection: &Connection| {
            let before = object::read_parameters(connection)?.get(parameter).to_owned();
            if expected.is_some_and(|expected| expected != before) {
                return Ok(false);
            }
            object::write_parameter(connection, parameter.name, &value)?;
            let sequence = change::next_sequence(connection)?;
            change::touch(connection, Kind::Parameter, parameter.name, sequence, false)?;
            let detail = format!("{before} -> {value}");
            audit::append(connection, &act(&author, "set parameter", parameter.label.into(), detail))?;
            Ok(true)
        };
        Ok(self.write(write).await?)
    }
}

fn put_one(
    connection: &Connection,
    author: &Author,
    directory: &Directory,
    object: &Object,
    precondition: Precondition,
    sequence: u64,
) -> Result<(), StoreError> {
    let key = object.key();
    check(directory, &key, precondition)?;
    directory.validate_put(object)?;
    if let Object::User(user) = object
        && !user.active
        && directory.user(user.user_id.as_str()).is_some_and(|before| before.active)
    {
        end_tokens(connection, &user.user_id)?;
    }
    object::write(connection, object)?;
    change::touch(connection, object::kind_of(&key), key.name(), sequence, false)?;
    let detail = if directory.version(&key).is_some() { "changed" } else { "added" };
    audit::append(connection, &act(author, "put", key.to_string(), detail.into()))
}

fn check(directory: &Directory, key: &ObjectKey, precondition: Precondition) -> Result<(), StoreError> {
    Ok(precondition.check(key, directory.version(key))?)
}

// Our choice: a user who is disabled, removed or given another password has to sign in again everywhere.
// In the same transaction, so that no crash leaves the tokens of a disabled user alive.
fn end_tokens(connection: &Connection, user: &UserId) -> Result<(), StoreError> {
    // Tokens carry the user in the spelling of the directory.
    let query = "SELECT userid FROM enduser WHERE userid = ?";
    let spelled: Option<String> = connection.query_row(query, [user.as_str()], |row| row.get(0)).optional()?;
    if let Some(user) = spelled {
        revoke(connection, &Revocation::User(user), RevocationReason::Policy, UnixTime(unix_now()))?;
    }
    Ok(())
}

fn credential_set(
    connection: &Connection,
    author: &Author,
    user: &UserId,
    rows: usize,
    action: &str,
) -> Result<(), StoreError> {
    let key = ObjectKey::User(user.clone());
    if rows == 0 {
        return Err(RepositoryError::NotFound(key).into());
    }
    let sequence = change::next_sequence(connection)?;
    let version = change::version(connection, Kind::User, user.as_str())?;
    if version.is_some() {
        change::touch(connection, Kind::User, user.as_str(), sequence, false)?;
    }
    audit::append(connection, &act(author, action, key.to_string(), String::new()))
}

pub(crate) fn act(author: &Author, action: &str, object: String, detail: String) -> AuditRecord {
    AuditRecord { unix_time: unix_now(), author: author.clone(), action: action.into(), object, detail }
}
