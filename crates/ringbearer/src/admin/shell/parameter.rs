//! `set parameter` and `show parameter`.

use super::{Session, name_and_words, optional};
use crate::admin::terminal::Failure;
use directory::{Access, DirectoryRepository, Parameter, ParameterKind};

impl Session<'_> {
    pub(super) async fn set_parameter(&mut self, rest: &str) -> Result<(), Failure> {
        let (name, words) = name_and_words(rest)?;
        let [value] = words.as_slice() else {
            return Err(Failure::Usage("one value is needed; quote it when it has spaces or is empty".into()));
        };
        let parameter = find(&name)?;
        parameter.check_writable()?;
        self.store.set_parameter(&self.author, parameter.name, value).await?;
        let value = parameter.parse(value)?;
        self.print(&format!("{}: {}\n", parameter.label, parameter.shown(&value))).await
    }

    pub(super) async fn show_parameter(&mut self, rest: &str) -> Result<(), Failure> {
        let directory = self.directory().await?;
        let parameters = directory.parameters();
        let Some(name) = optional(rest)? else {
            let mut text = String::new();
            let mut group = None;
            for (parameter, value) in parameters.iter() {
                if group != Some(parameter.group) {
                    text += &format!("{}{}\n", if group.is_some() { "\n" } else { "" }, parameter.group);
                    group = Some(parameter.group);
                }
                text += format!("    {:<55} {}", parameter.label, parameter.shown(value)).trim_end();
                text.push('\n');
            }
            return self.print(&text).await;
        };
        let parameter = find(&name)?;
        let value = parameters.get(parameter);
        self.page(&[
            ("Name", parameter.name.into()),
            ("Label", parameter.label.into()),
            ("Group", parameter.group.to_string()),
            ("Value", parameter.shown(value).into()),
            ("Default", parameter.shown(parameter.default).into()),
            ("Range", range(parameter.kind)),
            ("Changed by", changed_by(parameter.access)),
            ("Help", parameter.help.into()),
        ])
        .await
    }
}

fn find(name: &str) -> Result<&'static Parameter, Failure> {
    Parameter::find(name).ok_or_else(|| {
        let names: Vec<_> = directory::PARAMETERS.iter().map(|parameter| parameter.name).collect();
        Failure::Refused(format!("There is no parameter \"{name}\". There are: {}", names.join(", ")))
    })
}

fn range(kind: ParameterKind) -> String {
    match kind {
        ParameterKind::Number { least, most } => format!("{least} to {most}"),
        ParameterKind::Choice(choices) => {
            choices.iter().map(|(value, text)| format!("{text} ({value})")).collect::<Vec<_>>().join(", ")
        }
        ParameterKind::Text { most } => format!("up to {most} characters"),
    }
}

fn changed_by(access: Access) -> String {
    match access {
        Access::Writable => "set parameter".into(),
        Access::SetBy(command) => command.into(),
    }
}
