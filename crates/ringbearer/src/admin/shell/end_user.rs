//! `set user …` and `show user`.

use super::object::{missing, names, on_off};
use super::{Session, name_and_words, optional, single};
use crate::admin::arguments::Pairs;
use crate::admin::columns::lay_out_text;
use crate::admin::password;
use crate::admin::terminal::{Echo, Failure};
use directory::{DirectoryRepository, EndUser, Object, Role};

const KEYS: &[&str] = &["first-name", "last-name", "mail", "active", "roles"];
const ROLES: [(&str, Role); 3] =
    [("administrator", Role::Administrator), ("read-only", Role::ReadOnly), ("axl", Role::AxlAccess)];

impl Session<'_> {
    pub(super) async fn set_user(&mut self, rest: &str) -> Result<(), Failure> {
        let (name, words) = name_and_words(rest)?;
        let mut pairs = Pairs::read(&words, KEYS)?;
        let directory = self.directory().await?;
        let mut user = match directory.user(&name) {
            Some(user) => (**user).clone(),
            None => EndUser::new(name.parse()?),
        };
        pairs.text("first-name", &mut user.first_name);
        pairs.text("last-name", &mut user.last_name);
        pairs.text("mail", &mut user.mail);
        pairs.switch("active", &mut user.active)?;
        let mut roles: Vec<String> = user.roles.iter().map(|role| role_word(*role).to_owned()).collect();
        pairs.list("roles", &mut roles)?;
        user.roles = roles.iter().map(|word| role(word)).collect::<Result<_, _>>()?;
        self.put(&directory, Object::User(user)).await
    }

    pub(super) async fn set_user_password(&mut self, rest: &str) -> Result<(), Failure> {
        let user = self.existing_user(rest).await?;
        let password = self.ask_secret(&format!("Password of {}: ", user.user_id)).await?;
        let hash = tokio::task::spawn_blocking(move || password::hash(&password));
        let hash = hash.await.map_err(Failure::refused)?.map_err(Failure::Refused)?;
        self.store.set_password_hash(&self.author, &user.user_id, hash).await?;
        self.print(&format!("Password of {} set.\n", user.user_id)).await
    }

    pub(super) async fn set_user_digest(&mut self, rest: &str) -> Result<(), Failure> {
        let user = self.existing_user(rest).await?;
        let password = self.ask_secret(&format!("Digest credentials of {}: ", user.user_id)).await?;
        let realm = self.directory().await?.parameters().sip_station_realm().to_owned();
        let secret = web::passwords::digest_secret(&user.user_id, &realm, &password);
        self.store.set_digest_secret(&self.author, &user.user_id, secret).await?;
        self.print(&format!("Digest credentials of {} set.\n", user.user_id)).await
    }

    async fn existing_user(&self, rest: &str) -> Result<EndUser, Failure> {
        let name = single(rest)?;
        let directory = self.directory().await?;
        directory.user(&name).map(|user| (**user).clone()).ok_or_else(|| missing("End User", &name))
    }

    // Asked once where nobody can mistype: the second question is the client's, for a terminal.
    async fn ask_secret(&mut self, prompt: &str) -> Result<String, Failure> {
        let secret = self.ask(prompt, Echo::Hidden).await?;
        web::passwords::check(&secret).map_err(Failure::Refused)?;
        Ok(secret)
    }

    pub(super) async fn show_user(&mut self, rest: &str) -> Result<(), Failure> {
        let directory = self.directory().await?;
        let Some(name) = optional(rest)? else {
            let rows = directory.users().into_iter().map(|user| {
                let devices = directory.devices_of_user(user.user_id.as_str());
                let devices = names(devices.iter().map(|device| &device.name));
                [
                    user.user_id.to_string(),
                    user.first_name.clone(),
                    user.last_name.clone(),
                    on_off(user.active),
                    devices,
                ]
            });
            let columns = ["user", "first name", "last name", "active", "phones"];
            return self.print(&lay_out_text(columns, rows.collect())).await;
        };
        let user = directory.user(&name).ok_or_else(|| missing("End User", &name))?;
        let has_password = self.store.password_hash(&user.user_id).await?.is_some();
        let devices = directory.devices_of_user(user.user_id.as_str());
        self.page(&[
            ("User ID", user.user_id.to_string()),
            ("First Name", user.first_name.clone()),
            ("Last Name", user.last_name.clone()),
            ("Mail ID", user.mail.clone()),
            ("Active", on_off(user.active)),
            ("Roles", names(user.roles.iter().map(|role| role.name()))),
            ("Password", if has_password { "set" } else { "not set" }.into()),
            ("Digest Credentials", if directory.digest_secret(&name).is_some() { "set" } else { "not set" }.into()),
            ("Phones", names(devices.iter().map(|device| &device.name))),
        ])
        .await
    }
}

fn role(word: &str) -> Result<Role, Failure> {
    let found = ROLES.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
    found
        .map(|(_, role)| *role)
        .ok_or_else(|| Failure::Usage("roles: the values are administrator, read-only, axl".into()))
}

fn role_word(role: Role) -> &'static str {
    ROLES.iter().find(|(_, own)| *own == role).map_or("", |(word, _)| word)
}
