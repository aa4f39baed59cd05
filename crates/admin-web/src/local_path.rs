//! Paths of our own that a form or a query names: where to go on after signing in.

/// The path, if it leads to a page of this server; else the other one. `//host` and `/\host` lead elsewhere.
pub(crate) fn or<'a>(path: &'a str, other: &'a str) -> &'a str {
    let is_local = path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
        && path.len() <= 2048;
    if is_local { path } else { other }
}

#[cfg(test)]
mod tests {
    use super::or;

    #[test]
    fn only_paths_of_this_server_are_followed() {
        for path in ["/", "/ccmadmin/phone?page=2", "/ccmadmin/phone/a%20b"] {
            assert_eq!(or(path, "/home"), path);
        }
        for path in ["", "//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "/a\r\nb"]
        {
            assert_eq!(or(path, "/home"), "/home", "{path:?}");
        }
    }
}
