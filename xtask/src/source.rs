//! Rust source as the rules see it: tokens, without comments, string contents and test code.
//!
//! Lexed with proc-macro2, so that a word in a comment, a string or a test module is never mistaken for code.
//! `use` trees are spread out: `use std::{fs, net::TcpStream}` gives the paths `std::fs` and `std::net::TcpStream`.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// One token, with its line (from 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) text: String,
    pub(crate) line: usize,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Word,
    Mark,
    Literal,
}

/// A path in code or in a `use`, with the line of its first segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PathUse {
    pub(crate) segments: Vec<String>,
    pub(crate) line: usize,
}

/// A file's code outside tests.
#[derive(Debug, Default)]
pub(crate) struct Source {
    pub(crate) tokens: Vec<Token>,
    /// Names of the `#[cfg(test)] mod name;` declarations: their files are test code.
    pub(crate) test_modules: Vec<String>,
    /// Names of the functions marked `#[test]`, `#[tokio::test]` or alike, wherever they stand.
    pub(crate) tests: Vec<String>,
}

impl Source {
    /// Names of all functions in the code.
    pub(crate) fn functions(&self) -> impl Iterator<Item = &str> {
        self.tokens.windows(2).filter_map(|pair| match pair {
            [word, name] if word.text == "fn" && name.kind == Kind::Word => Some(name.text.as_str()),
            _ => None,
        })
    }
}

impl Source {
    /// Lexes `text`; an error names what the lexer could not read.
    pub(crate) fn parse(text: &str) -> Result<Source, String> {
        let stream: TokenStream = text.parse().map_err(|error: proc_macro2::LexError| error.to_string())?;
        let trees: Vec<TokenTree> = stream.into_iter().collect();
        let mut source = Source::default();
        collect_tests(&trees, &mut source.tests);
        if !is_test_file(&trees) {
            source.walk(&trees);
        }
        Ok(source)
    }

    /// Every path in the code, `use` trees spread out.
    pub(crate) fn paths(&self) -> Vec<PathUse> {
        let mut paths = Vec::new();
        let mut at = 0;
        while let Some(token) = self.tokens.get(at) {
            if token.kind != Kind::Word {
                at += 1;
            } else if token.text == "use" && self.starts_item(at) {
                at = self.use_tree(at + 1, &mut Vec::new(), token.line, &mut paths);
            } else {
                at = self.code_path(at, &mut paths);
            }
        }
        paths
    }

    fn text(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.text.as_str())
    }

    fn starts_item(&self, at: usize) -> bool {
        let before = at.checked_sub(1).map_or("", |before| self.text(before));
        matches!(before, "" | ";" | "{" | "}" | "]" | "pub" | ")")
    }

    fn code_path(&self, start: usize, paths: &mut Vec<PathUse>) -> usize {
        let mut segments = vec![self.text(start).to_string()];
        let mut at = start + 1;
        while self.text(at) == "::" && self.is_word(at + 1) {
            segments.push(self.text(at + 1).to_string());
            at += 2;
        }
        let after_dot = start.checked_sub(1).is_some_and(|before| self.text(before) == ".");
        if !after_dot {
            let line = self.tokens.get(start).map_or(0, |token| token.line);
            paths.push(PathUse { segments, line });
        }
        at
    }

    fn is_word(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| token.kind == Kind::Word)
    }

    /// Reads one branch of a `use` tree from `at`; answers where it ends.
    fn use_tree(&self, mut at: usize, prefix: &mut Vec<String>, line: usize, paths: &mut Vec<PathUse>) -> usize {
        let depth = prefix.len();
        loop {
            let line = self.tokens.get(at).map_or(line, |token| token.line);
            match self.text(at) {
                "{" => {
                    at += 1;
                    while !matches!(self.text(at), "}" | "") {
                        at = self.use_tree(at, prefix, line, paths);
                        if self.text(at) == "," {
                            at += 1;
                        }
                    }
                    prefix.truncate(depth);
                    return at + 1;
                }
                "::" => at += 1,
                "as" => at += 2,
                "*" => {
                    prefix.push("*".to_string());
                    at += 1;
                }
                _ if self.is_word(at) => {
                    prefix.push(self.text(at).to_string());
                    at += 1;
                }
                _ => {
                    paths.push(PathUse { segments: prefix.clone(), line });
                    prefix.truncate(depth);
                    return at;
                }
            }
        }
    }

    fn walk(&mut self, trees: &[TokenTree]) {
        let mut at = 0;
        while let Some(tree) = trees.get(at) {
            if is_test_attribute(trees, at) {
                let end = end_of_item(trees, at);
                if let Some(name) = declared_module(trees.get(at..end).unwrap_or_default()) {
                    self.test_modules.push(name);
                }
                at = end;
                continue;
            }
            self.push(tree, trees.get(at + 1));
            at += if is_double_colon(tree, trees.get(at + 1)) { 2 } else { 1 };
        }
    }

    fn push(&mut self, tree: &TokenTree, next: Option<&TokenTree>) {
        let line = tree.span().start().line;
        let (kind, text) = match tree {
            TokenTree::Group(group) => {
                let (open, close) = delimiters(group.delimiter());
                self.tokens.push(mark(open, group.span_open().start().line));
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                self.walk(&inner);
                self.tokens.push(mark(close, group.span_close().start().line));
                return;
            }
            TokenTree::Ident(ident) => (Kind::Word, ident.to_string()),
            TokenTree::Literal(literal) => (Kind::Literal, literal.to_string()),
            TokenTree::Punct(_) if is_double_colon(tree, next) => (Kind::Mark, "::".to_string()),
            TokenTree::Punct(punct) => (Kind::Mark, punct.as_char().to_string()),
        };
        self.tokens.push(Token { kind, text, line });
    }
}

fn mark(text: &str, line: usize) -> Token {
    Token { kind: Kind::Mark, text: text.to_string(), line }
}

fn delimiters(delimiter: Delimiter) -> (&'static str, &'static str) {
    match delimiter {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => ("", ""),
    }
}

fn is_double_colon(tree: &TokenTree, next: Option<&TokenTree>) -> bool {
    is_mark(Some(tree), ':')
        && matches!(tree, TokenTree::Punct(punct) if punct.spacing() == Spacing::Joint)
        && is_mark(next, ':')
}

fn is_mark(tree: Option<&TokenTree>, mark: char) -> bool {
    matches!(tree, Some(TokenTree::Punct(punct)) if punct.as_char() == mark)
}

/// The tokens in the brackets of an attribute at `at`.
fn attribute(trees: &[TokenTree], at: usize) -> Option<Vec<TokenTree>> {
    if !is_mark(trees.get(at), '#') {
        return None;
    }
    match trees.get(at + 1) {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket => {
            Some(group.stream().into_iter().collect())
        }
        _ => None,
    }
}

/// `#[cfg(test)]`, `#[cfg(all(test, …))]`, `#[cfg(any(test, feature = "testing"))]`, `#[test]` or `#[runtime::test]`.
fn is_test_attribute(trees: &[TokenTree], at: usize) -> bool {
    attribute(trees, at).is_some_and(|inner| says_cfg_test(&inner) || marks_a_test(&inner))
}

fn marks_a_test(attribute: &[TokenTree]) -> bool {
    let path: Vec<String> = attribute
        .iter()
        .map_while(|tree| match tree {
            TokenTree::Ident(ident) => Some(ident.to_string()),
            TokenTree::Punct(punct) if punct.as_char() == ':' => Some(String::new()),
            _ => None,
        })
        .collect();
    path.last().is_some_and(|last| last == "test")
}

fn says_cfg_test(attribute: &[TokenTree]) -> bool {
    let [TokenTree::Ident(name), TokenTree::Group(condition)] = attribute else {
        return false;
    };
    if name != "cfg" {
        return false;
    }
    let condition: Vec<TokenTree> = condition.stream().into_iter().collect();
    match condition.as_slice() {
        [TokenTree::Ident(word)] => word == "test",
        [TokenTree::Ident(word), TokenTree::Group(all)] if word == "all" || word == "any" => {
            all.stream().into_iter().any(|tree| matches!(tree, TokenTree::Ident(word) if word == "test"))
        }
        _ => false,
    }
}

/// `#![cfg(test)]` at the top.
fn is_test_file(trees: &[TokenTree]) -> bool {
    trees.windows(3).any(|three| match three {
        [hash, bang, TokenTree::Group(group)] => {
            is_mark(Some(hash), '#')
                && is_mark(Some(bang), '!')
                && says_cfg_test(&group.stream().into_iter().collect::<Vec<_>>())
        }
        _ => false,
    })
}

/// Where the item ends whose attributes begin at `at`.
fn end_of_item(trees: &[TokenTree], mut at: usize) -> usize {
    while attribute(trees, at).is_some() {
        at += 2;
    }
    let is_item =
        matches!(trees.get(at), Some(TokenTree::Ident(word)) if ITEM_WORDS.contains(&word.to_string().as_str()));
    while let Some(tree) = trees.get(at) {
        at += 1;
        match tree {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => return at,
            _ if is_mark(Some(tree), ';') => return at,
            _ if !is_item && is_mark(Some(tree), ',') => return at,
            _ => {}
        }
    }
    at
}

const ITEM_WORDS: [&str; 16] = [
    "pub",
    "fn",
    "mod",
    "impl",
    "struct",
    "use",
    "const",
    "static",
    "type",
    "enum",
    "trait",
    "async",
    "unsafe",
    "extern",
    "macro_rules",
    "let",
];

/// The name in `… mod name;`.
fn declared_module(item: &[TokenTree]) -> Option<String> {
    match item {
        [.., TokenTree::Ident(word), TokenTree::Ident(name), end] if word == "mod" && is_mark(Some(end), ';') => {
            Some(name.to_string())
        }
        _ => None,
    }
}

/// Names of the functions that follow a test attribute, at any depth.
fn collect_tests(trees: &[TokenTree], tests: &mut Vec<String>) {
    for (at, tree) in trees.iter().enumerate() {
        if let TokenTree::Group(group) = tree {
            collect_tests(&group.stream().into_iter().collect::<Vec<_>>(), tests);
        }
        if attribute(trees, at).is_some_and(|inner| marks_a_test(&inner))
            && let Some(name) = function_name(trees.get(at + 2..).unwrap_or_default())
        {
            tests.push(name);
        }
    }
}

fn function_name(trees: &[TokenTree]) -> Option<String> {
    let mut words = trees
        .iter()
        .take_while(|tree| !is_mark(Some(tree), ';'))
        .filter_map(|tree| match tree {
            TokenTree::Ident(word) => Some(word.to_string()),
            _ => None,
        })
        .skip_while(|word| word != "fn");
    words.next()?;
    words.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(code: &str) -> Vec<String> {
        let source = Source::parse(code).expect("the snippet lexes");
        source.paths().into_iter().map(|path| path.segments.join("::")).collect()
    }

    #[test]
    fn spreads_use_trees() {
        assert_eq!(
            paths("use std::{fs, net::{IpAddr, TcpStream as Stream}, io::*};"),
            ["std::fs", "std::net::IpAddr", "std::net::TcpStream", "std::io::*"]
        );
    }

    #[test]
    fn reads_paths_in_code_but_not_methods() {
        assert_eq!(paths("let a = std::fs::read(x.len());"), ["let", "a", "std::fs::read", "x"]);
    }

    #[test]
    fn ignores_comments_strings_and_tests() {
        let code = r#"
            // std::fs::read
            /// std::fs::read
            const A: &str = "std::fs::read";
            #[cfg(test)]
            mod tests { use std::fs; fn helper() { std::fs::read("x"); } }
            #[test]
            fn reads() { std::fs::read("x"); }
        "#;
        assert!(!paths(code).iter().any(|path| path.contains("fs")), "{:?}", paths(code));
    }

    #[test]
    fn names_the_tests_and_the_test_modules() {
        let code = "#[cfg(test)] mod tests; mod inner { #[tokio::test(flavor = \"current_thread\")] async fn frm_1_a() {} #[test] #[ignore] fn b() {} }";
        let source = Source::parse(code).expect("the snippet lexes");
        assert_eq!(source.test_modules, ["tests"]);
        assert_eq!(source.tests, ["frm_1_a", "b"]);
    }

    #[test]
    fn a_test_only_field_does_not_hide_its_neighbour() {
        let code = "struct A { #[cfg(test)] a: u8, b: std::fs::File }";
        assert!(paths(code).contains(&"std::fs::File".to_string()));
    }

    #[test]
    fn a_negated_condition_is_code() {
        assert!(paths("#[cfg(not(test))] use std::fs;").contains(&"std::fs".to_string()));
    }

    #[test]
    fn gives_the_line_of_a_path() {
        let source = Source::parse("fn a() {\n    x();\n    std::fs::read();\n}").expect("lexes");
        let line = source.paths().into_iter().find(|path| path.segments.len() == 3).map(|path| path.line);
        assert_eq!(line, Some(3));
    }
}
