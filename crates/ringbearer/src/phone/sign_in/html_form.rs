//! Finds the login form of a page and fills it in, as a browser would. It reads just enough of HTML for a page that
//! works without scripts; what it does not understand is passed over.

/// A form of a page.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Form {
    /// Where it is sent to; none means the page's own address.
    pub(crate) action: Option<String>,
    /// Its fields in order.
    pub(crate) fields: Vec<Field>,
}

/// A field with what the page fills in.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) value: String,
}

impl Form {
    /// The first form of the page that asks for a password.
    pub(crate) fn login(page: &str) -> Option<Self> {
        forms(page).into_iter().find(|form| form.fields.iter().any(|field| field.kind == "password"))
    }

    /// What is sent: the page's values, the user in the first visible field, the password in the first hidden from
    /// sight. Buttons are not sent.
    pub(crate) fn filled(&self, user: &str, password: &str) -> Vec<(String, String)> {
        let (mut user, mut password) = (Some(user), Some(password));
        let value = |field: &Field| match field.kind.as_str() {
            "submit" | "button" | "reset" | "image" | "checkbox" | "radio" => None,
            "password" => Some(password.take().unwrap_or_default().to_owned()),
            "text" | "email" | "" => Some(user.take().map_or_else(|| field.value.clone(), str::to_owned)),
            _ => Some(field.value.clone()),
        };
        let mut value = value;
        let named = self.fields.iter().filter(|field| !field.name.is_empty());
        named.filter_map(|field| Some((field.name.clone(), value(field)?))).collect()
    }
}

/// The text of the first element with `role="alert"`: why the page asks again.
pub(crate) fn alert(page: &str) -> Option<String> {
    let (before, after) = page.split_once("role=\"alert\"")?;
    let element = before.rsplit('<').next()?.split_whitespace().next()?;
    let (_, content) = after.split_once('>')?;
    let (content, _) = content.split_once(&format!("</{element}"))?;
    // What stands between the tags inside.
    let text: String = content.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text)).collect();
    let text = unescaped(text.trim());
    (!text.is_empty()).then_some(text)
}

fn forms(page: &str) -> Vec<Form> {
    let mut forms: Vec<Form> = Vec::new();
    let mut rest = page;
    let mut in_form = false;
    while let Some((_, after)) = rest.split_once('<') {
        if let Some(comment) = after.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let (tag, after) = tag(after);
        rest = after;
        match tag.name.as_str() {
            "form" => {
                forms
                    .push(Form { action: tag.value("action").filter(|action| !action.is_empty()), fields: Vec::new() });
                in_form = true;
            }
            "/form" => in_form = false,
            "input" if in_form => {
                let value = |name| tag.value(name).unwrap_or_default();
                let field =
                    Field { name: value("name"), kind: value("type").to_ascii_lowercase(), value: value("value") };
                if let Some(form) = forms.last_mut() {
                    form.fields.push(field);
                }
            }
            _ => {}
        }
    }
    forms
}

struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    fn value(&self, name: &str) -> Option<String> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }
}

/// Reads a tag after its `<`, and gives back what comes after its `>`.
fn tag(text: &str) -> (Tag, &str) {
    let end = text.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(text.len());
    let (name, mut rest) = text.split_at(end);
    let mut tag = Tag { name: name.to_ascii_lowercase(), attributes: Vec::new() };
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        let Some(next) = rest.chars().next() else { return (tag, "") };
        if next == '>' {
            return (tag, rest.split_at(1).1);
        }
        let end = rest.find(|c: char| c.is_ascii_whitespace() || "=>/".contains(c)).unwrap_or(rest.len());
        // A lone `=` is an attribute's name by the letter of HTML; take it to go on.
        let (name, after) = rest.split_at(end.max(next.len_utf8()));
        let (value, after) = value(after);
        tag.attributes.push((name.to_ascii_lowercase(), unescaped(value)));
        rest = after;
    }
}

fn value(text: &str) -> (&str, &str) {
    let Some(text) = text.trim_start().strip_prefix('=') else { return ("", text) };
    let text = text.trim_start();
    for quote in ['"', '\''] {
        if let Some(quoted) = text.strip_prefix(quote) {
            return quoted.split_once(quote).unwrap_or((quoted, ""));
        }
    }
    text.split_at(text.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(text.len()))
}

/// Character references: the named ones that every escaping function writes, and numbers.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        match after.split_once(';').and_then(|(name, after)| Some((reference(name)?, after))) {
            Some((character, after)) => {
                plain.push(character);
                rest = after;
            }
            None => {
                plain.push('&');
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    plain
}

fn reference(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Form, alert};

    const PAGE: &str = "<!doctype html><title>Sign in</title><!-- <form><input type=password> -->\n\
        <form action='/search'><input name=q></form>\n\
        <p role=\"alert\">Wrong user or <b>password</b> &amp; so on</p>\n\
        <FORM method=\"post\" action=\"/ssosp/oauth/authorize?a=1&amp;b=2\">\n\
        <input type=\"hidden\" name=\"csrf\" value=\"x&#x27;y&quot;\"/>\n\
        <label>User <input name=\"user\" autofocus></label>\n\
        <input type=Password name='pass' autocomplete=current-password>\n\
        <button name=go value=1>Sign in</button><input type=submit name=send value=Send></FORM>";

    #[test]
    fn the_login_form_is_filled_in() {
        let form = Form::login(PAGE).unwrap();
        assert_eq!(form.action.as_deref(), Some("/ssosp/oauth/authorize?a=1&b=2"));
        let filled = form.filled("ana", "s3cret");
        let pairs: Vec<(&str, &str)> = filled.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(pairs, [("csrf", "x'y\""), ("user", "ana"), ("pass", "s3cret")]);
        assert_eq!(alert(PAGE).unwrap(), "Wrong user or password & so on");
    }

    #[test]
    fn pages_without_a_login_form() {
        for page in
            ["", "<", "<form", "<form><input", "<form><input type=text></form>", "<input type=password>", "<form =><"]
        {
            assert_eq!(Form::login(page), None, "{page}");
        }
        assert_eq!(alert("<p role=\"alert\">"), None);
    }
}
