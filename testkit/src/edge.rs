//! An Expressway-E and an Expressway-C between phones and the node, message by message in text: what they add and take
//! away, and the names of the flows that they put there. No edge of the product is in it, so that both are held to the wire.

/// The edge's hosts.
const E: &str = "exp-e.lab.test";
const C: &str = "exp-c.lab.test";

/// A message taken apart.
struct Text {
    start: String,
    fields: Vec<(String, String)>,
    body: String,
}

impl Text {
    fn read(message: &str) -> Self {
        let (head, body) = message.split_once("\r\n\r\n").unwrap();
        let mut lines = head.split("\r\n");
        let start = lines.next().unwrap().to_owned();
        let fields = lines.map(|line| line.split_once(':').unwrap());
        let fields = fields.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect();
        Self { start, fields, body: body.to_owned() }
    }

    fn write(&self) -> String {
        let fields: String = self.fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        format!("{}\r\n{fields}\r\n{}", self.start, self.body)
    }

    fn is_request(&self) -> bool {
        !self.start.starts_with("SIP/2.0 ")
    }

    fn method(&self) -> &str {
        self.start.split(' ').next().unwrap()
    }

    /// Takes the first value of a field that may be a list.
    fn pop(&mut self, name: &str) -> Option<String> {
        let at = self.fields.iter().position(|(field, _)| field.eq_ignore_ascii_case(name))?;
        Some(self.fields.remove(at).1)
    }

    fn push(&mut self, name: &str, value: String) {
        self.fields.insert(0, (name.into(), value));
    }

    /// One hop, as a proxy counts it (RFC 3261 §16.6 step 3).
    fn hop(&mut self) {
        for (name, value) in &mut self.fields {
            if name.eq_ignore_ascii_case("Max-Forwards") {
                *value = (value.parse::<u32>().unwrap() - 1).to_string();
            }
        }
    }

    /// The branch of the top Via.
    fn branch(&self) -> String {
        let (_, via) = self.fields.iter().find(|(name, _)| name.eq_ignore_ascii_case("Via")).unwrap();
        via.split("branch=z9hG4bK").nth(1).unwrap().split(';').next().unwrap().to_owned()
    }

    /// Adds Via, Path or Record-Route of both proxies, the one nearer to the receiver on top.
    fn pass(&mut self, client: &str, [first, second]: [&str; 2], zone: &str) {
        let branch = self.branch();
        let recorded = match self.method() {
            "REGISTER" => Some("Path"),
            "ACK" | "CANCEL" => None,
            _ => Some("Record-Route"),
        };
        for (host, zone) in [(first, ""), (second, zone)] {
            let client = name_at(host, client);
            self.hop();
            if let Some(field) = recorded {
                self.push(field, format!("<sip:{client}@{host}:5061;transport=tls;lr>"));
            }
            self.push(
                "Via",
                format!("SIP/2.0/TLS {host}:5061;branch=z9hG4bK{branch}-{client};rport{zone};ringbearer-flow={client}"),
            );
        }
    }
}

/// Each proxy has its own name for the flow of a client.
fn name_at(host: &str, client: &str) -> String {
    format!("{client}-{}", if host == C { "c" } else { "e" })
}

/// What a phone sends, as it arrives at the node.
pub fn inwards(client: &str, message: &str) -> String {
    let mut text = Text::read(message);
    if text.is_request() {
        text.pass(client, [E, C], ";ingress-zone=CollaborationEdgeZone");
    } else {
        for host in [E, C] {
            let via = text.pop("Via").unwrap();
            assert!(via.ends_with(&format!(";ringbearer-flow={}", name_at(host, client))), "{via}");
        }
    }
    text.write()
}

/// What the node sends to the edge: for which client, and as it arrives there.
pub fn outwards(message: &str) -> (String, String) {
    let mut text = Text::read(message);
    let mut client = None;
    for host in [C, E] {
        let named = match text.is_request() {
            true => {
                let route = text.pop("Route").unwrap_or_else(|| panic!("no route to {host}: {message}"));
                let (name, at) = route.strip_prefix("<sip:").unwrap().split_once('@').unwrap();
                assert_eq!(at, format!("{host}:5061;transport=tls;lr>"), "{message}");
                name.to_owned()
            }
            false => {
                let via = text.pop("Via").unwrap();
                assert!(via.starts_with(&format!("SIP/2.0/TLS {host}:5061;")), "{message}");
                via.split(";ringbearer-flow=").nth(1).unwrap().split(';').next().unwrap().to_owned()
            }
        };
        let named = named.strip_suffix(&name_at(host, "")).unwrap_or_else(|| panic!("not a name of {host}: {named}"));
        assert!(client.as_deref().is_none_or(|client| client == named), "two clients in {message}");
        client = Some(named.to_owned());
    }
    let client = client.unwrap();
    if text.is_request() {
        assert!(text.pop("Route").is_none(), "a route beyond the edge: {message}");
        text.pass(&client, [C, E], "");
    }
    (client, text.write())
}

/// The answer of Expressway-E for a client whose flow is gone (RFC 5626 §5.3), as it arrives at the node; none to an ACK.
pub fn flow_failed(request: &str) -> Option<String> {
    let text = Text::read(request);
    let copied = |(name, _): &&(String, String)| ["Via", "From", "To", "Call-ID", "CSeq"].contains(&name.as_str());
    let mut fields: Vec<(String, String)> = text.fields.iter().filter(copied).cloned().collect();
    for (name, value) in &mut fields {
        if name == "To" && !value.contains(";tag=") {
            value.push_str(";tag=edge");
        }
    }
    fields.push(("Content-Length".into(), "0".into()));
    let answer = Text { start: "SIP/2.0 430 Flow Failed".into(), fields, body: String::new() };
    (text.method() != "ACK").then(|| answer.write())
}
