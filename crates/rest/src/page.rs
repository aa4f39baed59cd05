//! Lists: filtered, sorted, and cut into pages by a cursor that names the last item of the page before.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::problem::{Kind, Problem};
use crate::query::{Parameter, Query};

/// The most items of a page.
pub(crate) const MOST: u64 = 1000;
/// The items of a page when nobody says how many.
pub(crate) const DEFAULT: u64 = 100;

/// A value that items are sorted by. Text is sorted without regard to ASCII case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum SortKey {
    Absent(()),
    Switch(bool),
    Number(u64),
    Text(String),
}

impl SortKey {
    pub(crate) fn of(value: Option<&Value>) -> Self {
        match value {
            Some(Value::Bool(value)) => Self::Switch(*value),
            Some(Value::Number(number)) => number.as_u64().map_or(Self::Absent(()), Self::Number),
            Some(Value::String(text)) => Self::Text(text.to_ascii_lowercase()),
            _ => Self::Absent(()),
        }
    }
}

/// The last item of a page: what it was sorted by, its value there, and its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cursor {
    #[serde(rename = "s")]
    pub(crate) sort: String,
    #[serde(rename = "v")]
    pub(crate) value: SortKey,
    #[serde(rename = "k")]
    pub(crate) key: String,
}

impl Cursor {
    pub(crate) fn read(query: &Query) -> Result<Option<Self>, Problem> {
        let Some(text) = query.text("cursor", 2048)? else { return Ok(None) };
        let read = || serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok();
        read()
            .map(Some)
            .ok_or_else(|| Problem::new(Kind::UnknownCursor, "cursor: only the `next` of a page is allowed"))
    }

    pub(crate) fn write(&self) -> String {
        URL_SAFE_NO_PAD.encode(crate::json::write(self))
    }
}

/// What a list is asked for.
#[derive(Debug)]
pub(crate) struct Listing<'q> {
    pub(crate) limit: usize,
    /// The member, and whether the greatest comes first.
    pub(crate) sort: (&'static str, bool),
    pub(crate) cursor: Option<Cursor>,
    /// Members and what they must be.
    pub(crate) filters: Vec<(&'static str, &'q str)>,
}

impl<'q> Listing<'q> {
    /// The parameters of a list of items that have these members, the first of which is the name.
    pub(crate) fn parameters(members: &[&'static str]) -> Vec<Parameter> {
        let orders = members.iter().flat_map(|member| [(*member).to_owned(), format!("-{member}")]);
        let first = members.first().copied().unwrap_or_default();
        let sort = json!({ "type": "string", "enum": orders.collect::<Vec<_>>(), "default": first });
        let mut parameters = vec![
            Parameter::limit(),
            Parameter::cursor(),
            Parameter::new("sort", "The member to sort by; with a minus before it, the greatest first.", sort),
        ];
        parameters.extend(members.iter().map(|member| {
            let description = format!(
                "Only items whose `{member}` is this, without regard to ASCII case; a `*` at its beginning or end stands for anything."
            );
            Parameter::new(member, description, json!({ "type": "string", "minLength": 1, "maxLength": 255 }))
        }));
        parameters
    }

    pub(crate) fn read(query: &'q Query, members: &[&'static str]) -> Result<Self, Problem> {
        let limit = query.number("limit", 1, MOST)?.unwrap_or(DEFAULT) as usize;
        let first = members.first().copied().unwrap_or_default();
        let given = query.get("sort").unwrap_or(first);
        let (name, descending) = given.strip_prefix('-').map_or((given, false), |name| (name, true));
        let member = members.iter().find(|member| **member == name).copied();
        let member =
            member.ok_or_else(|| Problem::parameter("sort", format!("there is no member \"{name}\" to sort by")))?;
        let cursor = Cursor::read(query)?;
        if cursor.as_ref().is_some_and(|cursor| cursor.sort != given) {
            return Err(Problem::new(Kind::UnknownCursor, "cursor: it belongs to a list that is sorted otherwise"));
        }
        let mut filters = Vec::new();
        for member in members {
            if let Some(wanted) = query.text(member, 255)? {
                filters.push((*member, wanted));
            }
        }
        Ok(Self { limit, sort: (member, descending), cursor, filters })
    }

    /// Whether items can be read in the order of their names, without looking into them.
    pub(crate) fn is_plain(&self, name: &str) -> bool {
        self.filters.is_empty() && self.sort == (name, false)
    }

    pub(crate) fn admits(&self, item: &Value) -> bool {
        self.filters.iter().all(|(member, wanted)| is_like(item.get(*member), wanted))
    }

    /// Sorts, cuts off what was read before, and keeps a page. `key` is the member that names an item.
    pub(crate) fn cut(&self, items: Vec<Value>, key: &str) -> Page<Value> {
        let total = items.len();
        let key_of = |item: &Value| item.get(key).and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
        let mut keyed: Vec<_> =
            items.into_iter().map(|item| ((SortKey::of(item.get(self.sort.0)), key_of(&item)), item)).collect();
        keyed.sort_by(|(one, _), (other, _)| if self.sort.1 { other.cmp(one) } else { one.cmp(other) });
        if let Some(cursor) = &self.cursor {
            let last = (cursor.value.clone(), cursor.key.clone());
            keyed.retain(|(place, _)| if self.sort.1 { *place < last } else { *place > last });
        }
        let more = keyed.len() > self.limit;
        keyed.truncate(self.limit);
        let next = keyed.last().filter(|_| more).map(|((value, key), _)| self.next(value.clone(), key.clone()));
        Page { items: keyed.into_iter().map(|(_, item)| item).collect(), next, total }
    }

    pub(crate) fn next(&self, value: SortKey, key: String) -> String {
        let sort = if self.sort.1 { format!("-{}", self.sort.0) } else { self.sort.0.to_owned() };
        Cursor { sort, value, key }.write()
    }
}

fn is_like(value: Option<&Value>, wanted: &str) -> bool {
    let text = match value {
        Some(Value::String(text)) => text.to_ascii_lowercase(),
        Some(Value::Bool(value)) => value.to_string(),
        Some(Value::Number(number)) => number.to_string(),
        _ => return false,
    };
    let wanted = wanted.to_ascii_lowercase();
    let (start, rest) = wanted.strip_prefix('*').map_or((false, wanted.as_str()), |rest| (true, rest));
    let (end, rest) = rest.strip_suffix('*').map_or((false, rest), |rest| (true, rest));
    match (start, end) {
        (false, false) => text == rest,
        (true, false) => text.ends_with(rest),
        (false, true) => text.starts_with(rest),
        (true, true) => text.contains(rest),
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// The cursor of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
    /// How many items there are, on all pages.
    pub(crate) total: usize,
}

impl Page<()> {
    /// The schema of a page of these items.
    pub(crate) fn schema(item: &str) -> Value {
        json!({
            "type": "object",
            "required": ["items", "total"],
            "properties": {
                "items": { "type": "array", "items": { "$ref": format!("#/components/schemas/{item}") } },
                "next": { "type": "string", "description": "The cursor of the next page; absent on the last." },
                "total": { "type": "integer", "minimum": 0, "description": "How many items there are, on all pages." },
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything_at_either_end() {
        let like = |value: Value, wanted| is_like(Some(&value), wanted);
        assert!(like(json!("CSFAlice"), "csfalice"));
        assert!(like(json!("CSFAlice"), "csf*"));
        assert!(like(json!("CSFAlice"), "*ALICE"));
        assert!(like(json!("CSFAlice"), "*fal*"));
        assert!(like(json!(true), "true") && like(json!(5060), "5060"));
        assert!(!like(json!("CSFAlice"), "csf"));
        assert!(!like(json!(["a"]), "*") && !is_like(None, "*"));
    }

    #[test]
    fn pages_have_every_item_once_in_either_order() {
        let items: Vec<Value> = (0..7).map(|n| json!({ "name": format!("n{n}"), "size": n % 2 })).collect();
        for (sort, expected) in [
            (("name", false), "0123456"),
            (("name", true), "6543210"),
            (("size", false), "0246135"),
            (("size", true), "5316420"),
        ] {
            let mut listing = Listing { limit: 3, sort, cursor: None, filters: Vec::new() };
            let mut read = String::new();
            loop {
                let page = listing.cut(items.clone(), "name");
                assert_eq!(page.total, 7);
                read.extend(page.items.iter().filter_map(|item| item["name"].as_str()?.chars().last()));
                let Some(next) = page.next else { break };
                listing.cursor = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(next).unwrap()).unwrap();
            }
            assert_eq!(read, expected, "{sort:?}");
        }
    }
}
