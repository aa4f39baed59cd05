//! The login page in the user's browser, and the loopback address that the code comes back to (RFC 8252 §7.3).

use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::{AuthorizationServer, CodeRequest, SignInError, unexpected};
use crate::phone::secret::Secret;

/// How long the user may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// How long a connection to the loopback address may take to say what it wants.
const REQUEST: Duration = Duration::from_secs(5);

/// The longest request that is read: the code and the state are some hundred bytes.
const REQUEST_BYTES: u64 = 16_384;

/// Shows the user the address of the login page.
pub(crate) type Prompt<'a> = &'a (dyn Fn(&str) + Sync);

/// Waits for the user to sign in; gives back the code and the redirect URI that it was sent to.
pub(super) async fn code(
    server: &AuthorizationServer,
    request: CodeRequest,
    prompt: Prompt<'_>,
) -> Result<(Secret, String), SignInError> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await.map_err(unexpected)?;
    let port = listener.local_addr().map_err(unexpected)?.port();
    let redirect_uri = format!("http://127.0.0.1:{port}/callback");
    let url = request.url(server, &redirect_uri);
    prompt(url.as_str());
    open(url.as_str());
    let waited = tokio::time::timeout(PATIENCE, callback(&listener, &request)).await;
    let code = waited.map_err(|_| SignInError::Refused("nobody signed in within five minutes".to_owned()))??;
    Ok((code, redirect_uri))
}

/// Opens the browser, if there is one: the user has the address in any case.
fn open(url: &str) {
    let quiet = || Stdio::null();
    let _ = Command::new("xdg-open").arg(url).stdin(quiet()).stdout(quiet()).stderr(quiet()).spawn();
}

/// Serves the loopback address until the redirection comes. Other programs may ask there too: they get 404.
async fn callback(listener: &TcpListener, request: &CodeRequest) -> Result<Secret, SignInError> {
    loop {
        let (mut stream, _) = listener.accept().await.map_err(unexpected)?;
        let Ok(Ok(target)) = tokio::time::timeout(REQUEST, target(&mut stream)).await else { continue };
        let Some(query) = target.strip_prefix("/callback?") else {
            answer(&mut stream, "404 Not Found", "Nothing here.").await;
            continue;
        };
        match request.code(query) {
            Err(SignInError::Unexpected(_)) => {
                answer(&mut stream, "400 Bad Request", "This is not the sign-in that was begun.").await
            }
            Ok(code) => {
                answer(&mut stream, "200 OK", "You are signed in. You can close this window.").await;
                return Ok(code);
            }
            Err(refused) => {
                answer(&mut stream, "200 OK", "You are not signed in. You can close this window.").await;
                return Err(refused);
            }
        }
    }
}

/// The target of a GET request.
async fn target(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut lines = BufReader::new(stream.take(REQUEST_BYTES)).lines();
    let mut target = String::new();
    while let Some(line) = lines.next_line().await? {
        if line.is_empty() {
            break;
        }
        if let Some(("GET", rest)) = line.split_once(' ').filter(|_| target.is_empty()) {
            target = rest.split(' ').next().unwrap_or_default().to_owned();
        }
    }
    Ok(target)
}

async fn answer(stream: &mut TcpStream, status: &str, text: &str) {
    let page = format!("<!doctype html><meta charset=utf-8><title>Ringbearer phone</title><p>{text}</p>\n");
    let length = page.len();
    let response = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {length}\r\nCache-Control: no-store\r\n\
         Referrer-Policy: no-referrer\r\nConnection: close\r\n\r\n{page}"
    );
    // A browser that is gone needs no page.
    let _ = stream.write_all(response.as_bytes()).await;
    let _ = stream.shutdown().await;
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    use super::callback;
    use crate::phone::sign_in::{Client, CodeRequest};

    #[tokio::test]
    async fn the_loopback_address_takes_one_code() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let request = CodeRequest::new(&Client { id: "C1".to_owned(), device: "CSFANA".to_owned() });
        let state = request.state.clone();
        let waiting = tokio::spawn(async move { callback(&listener, &request).await.unwrap().expose().to_owned() });
        let rows = [
            ("/favicon.ico".to_owned(), "404"),
            ("/callback?code=wrong&state=guess".to_owned(), "400"),
            (format!("/callback?code=right&state={state}"), "200"),
        ];
        for (target, status) in rows {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            assert_eq!(answer.split(' ').nth(1), Some(status));
        }
        assert_eq!(waiting.await.unwrap(), "right");
    }
}
