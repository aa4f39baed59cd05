//! `xCommand Administrator…`, `xStatus AuditLog`, `show setup code`.

use directory::UserId;
use edge_net::administration::Role;
use web::passwords;

use super::{Session, nothing};
use crate::admin::arguments::Pairs;
use crate::admin::columns::lay_out_text;
use crate::admin::password;
use crate::admin::shell::date;
use crate::admin::terminal::{Echo, Failure};

const NAME: &str = "Name";
const ROLE: &str = "Role";
const ROLES: [(&str, Role); 2] = [("Administrator", Role::Administrator), ("ReadOnly", Role::ReadOnly)];

/// Rows of the audit log that are shown.
const ROWS: usize = 200;

impl Session<'_> {
    pub(super) async fn administrators(&mut self, rest: &str) -> Result<(), Failure> {
        nothing(rest)?;
        let all = self.node.administrators().all();
        let rows = all
            .iter()
            .map(|one| [one.name.to_string(), one.role.name().to_owned(), date(one.password_set_at)])
            .collect();
        self.print(&lay_out_text(["Name", "Role", "Password set"], rows)).await
    }

    pub(super) async fn audit_log(&mut self, rest: &str) -> Result<(), Failure> {
        nothing(rest)?;
        let rows = self.node.audit_log().recent(ROWS).map_err(Failure::refused)?;
        let rows = rows.into_iter().map(|(row, follows)| {
            let chain = if follows { "whole" } else { "BROKEN" }.to_owned();
            [date(row.at), row.administrator, row.surface, row.action, row.object, row.detail, chain]
        });
        let columns = ["Time", "Administrator", "From", "Action", "Object", "Detail", "Chain"];
        self.print(&lay_out_text(columns, rows.collect())).await
    }

    pub(super) async fn add_administrator(&mut self, rest: &str) -> Result<(), Failure> {
        let mut pairs = Pairs::read_with_colons(rest, &[NAME, ROLE])?;
        let mut name = String::new();
        let mut role = Role::Administrator;
        pairs.text(NAME, &mut name);
        pairs.choice(ROLE, &ROLES, &mut role)?;
        let name = named(&name)?;
        if self.node.administrators().find(name.as_str()).is_some() {
            return Err(Failure::Refused(format!("there is an administrator {name} already")));
        }
        let password = self.new_password(&name).await?;
        self.operations.add_administrator(name.clone(), role, password).map_err(Failure::refused)?;
        self.print(&format!("{name} added.\n")).await
    }

    pub(super) async fn delete_administrator(&mut self, rest: &str) -> Result<(), Failure> {
        let mut name = String::new();
        Pairs::read_with_colons(rest, &[NAME])?.text(NAME, &mut name);
        let name = named(&name)?;
        self.operations.remove_administrator(name.as_str()).map_err(Failure::refused)?;
        self.print(&format!("{name} deleted.\n")).await
    }

    pub(super) async fn set_password(&mut self, rest: &str) -> Result<(), Failure> {
        let mut name = String::new();
        Pairs::read_with_colons(rest, &[NAME])?.text(NAME, &mut name);
        let name = named(&name)?;
        if self.node.administrators().find(name.as_str()).is_none() {
            return Err(Failure::Refused(format!("there is no administrator {name}")));
        }
        let password = self.new_password(&name).await?;
        self.operations.set_password(name.as_str(), password).map_err(Failure::refused)?;
        self.print("Password set.\n").await
    }

    pub(super) async fn set_up_code(&mut self, rest: &str) -> Result<(), Failure> {
        nothing(rest)?;
        if !self.node.administrators().needs_first() {
            return Err(Failure::refused("there is an administrator already: xStatus Administrators"));
        }
        let code = self.node.set_up_code().map_err(Failure::refused)?;
        self.print(&format!("{code}\n")).await
    }

    async fn new_password(&mut self, name: &UserId) -> Result<directory::PasswordHash, Failure> {
        let typed = self.ask("Password: ", Echo::Hidden).await?;
        passwords::check_administrator(name, &typed).map_err(Failure::Refused)?;
        // Slow on purpose: not in the reactor.
        let hashed = tokio::task::spawn_blocking(move || password::hash(&typed)).await;
        hashed.map_err(Failure::refused)?.map_err(Failure::Refused)
    }
}

fn named(name: &str) -> Result<UserId, Failure> {
    if name.is_empty() {
        return Err(Failure::Usage(format!("{NAME} is missing")));
    }
    Ok(UserId::new(name)?)
}
