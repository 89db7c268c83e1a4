//! A mail server on this computer: SMTP as far as RFC 5321 asks of every server, without TLS, without an account and without
//! passing anything on.

use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::codec::{Framed, LinesCodec};

use super::letters::Letters;
use crate::connections;
use crate::sms::{SmsSimulatorError, listen};

/// Longer lines are no mail.
const LINE_MAX: usize = 2_000;
/// Lines of one letter.
const LINES_MAX: usize = 20_000;

/// The server, listening.
pub struct MailServer {
    listener: TcpListener,
    address: SocketAddr,
    letters: Arc<Letters>,
}

impl MailServer {
    /// Listens on a loopback address; port 0 draws one.
    ///
    /// # Errors
    /// [`SmsSimulatorError`].
    pub async fn bind(
        address: SocketAddr,
        letters: Arc<Letters>,
    ) -> Result<Self, SmsSimulatorError> {
        let (listener, address) = listen(address).await?;
        Ok(Self { listener, address, letters })
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown` is there; connections end with it.
    pub async fn serve(self, shutdown: impl Future<Output = ()> + Send) {
        let letters = self.letters;
        connections::serve(&self.listener, shutdown, |stream| {
            let letters = Arc::clone(&letters);
            // Whoever breaks off sees it himself.
            async move { drop(talk(stream, letters).await) }
        })
        .await;
    }
}

type Line = Framed<TcpStream, LinesCodec>;
type Broken = tokio_util::codec::LinesCodecError;

/// Who writes to whom, until the letter is there.
#[derive(Default)]
struct Envelope {
    from: Option<String>,
    to: Vec<String>,
}

async fn talk(stream: TcpStream, letters: Arc<Letters>) -> Result<(), Broken> {
    let mut line = Framed::new(stream, LinesCodec::new_with_max_length(LINE_MAX));
    say(&mut line, "220 demo ESMTP").await?;
    let mut envelope = Envelope::default();
    while let Some(words) = line.next().await.transpose()? {
        let verb = words.get(..4).unwrap_or_default().to_ascii_uppercase();
        let told = match verb.as_str() {
            "EHLO" => "250-demo\r\n250 8BITMIME",
            "HELO" | "NOOP" => "250 demo",
            "RSET" => {
                envelope = Envelope::default();
                "250 forgotten"
            }
            "MAIL" => {
                envelope = Envelope { from: Some(address(&words)), to: Vec::new() };
                "250 go on"
            }
            "RCPT" if envelope.from.is_some() => {
                envelope.to.push(address(&words));
                "250 go on"
            }
            "DATA" if !envelope.to.is_empty() => {
                say(&mut line, "354 end with a dot").await?;
                let (bytes, taken) = (letter(&mut line).await?, std::mem::take(&mut envelope));
                let from = taken.from.unwrap_or_default();
                if bytes.is_some_and(|bytes| letters.receive(&from, &taken.to, &bytes)) {
                    "250 taken"
                } else {
                    "554 no letter"
                }
            }
            "RCPT" | "DATA" => "503 not yet",
            "QUIT" => return say(&mut line, "221 good-bye").await,
            _ => "500 unknown",
        };
        say(&mut line, told).await?;
    }
    Ok(())
}

async fn say(line: &mut Line, words: &str) -> Result<(), Broken> {
    line.send(format!("{words}\r")).await
}

/// What stands in angles.
fn address(words: &str) -> String {
    let inside = words.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inside.map(|(address, _)| address.to_owned()).unwrap_or_default()
}

/// The letter up to its dot; `None` where it is too long or ends before.
async fn letter(line: &mut Line) -> Result<Option<Vec<u8>>, Broken> {
    let mut bytes = Vec::new();
    for _ in 0..LINES_MAX {
        let Some(words) = line.next().await.transpose()? else { return Ok(None) };
        if words == "." {
            return Ok(Some(bytes));
        }
        bytes.extend(words.strip_prefix('.').unwrap_or(&words).as_bytes());
        bytes.extend(b"\r\n");
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const LETTER: &str = "MAIL FROM:<a@example.kz>\r\nRCPT TO:<b@example.kz>\r\nDATA\r\n\
        Subject: =?utf-8?b?0KXQsNGC?=\r\nContent-Type: text/plain; charset=utf-8\r\n\
        Content-Transfer-Encoding: base64\r\n\r\n0KHTmdC70LXQvA==\r\n.\r\n";

    async fn said(words: &str) -> (String, Arc<Letters>) {
        let letters = Arc::new(Letters::new(Arc::new(|| jiff::Timestamp::UNIX_EPOCH)));
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = MailServer::bind(anywhere, Arc::clone(&letters)).await.unwrap();
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        tokio::spawn(server.serve(std::future::pending()));
        stream.write_all(words.as_bytes()).await.unwrap();
        let mut heard = String::new();
        stream.read_to_string(&mut heard).await.unwrap();
        (heard, letters)
    }

    #[tokio::test]
    async fn a_letter_is_read_as_it_was_meant_and_commands_out_of_turn_are_refused() {
        let words = format!("EHLO x\r\nDATA\r\nRCPT TO:<b@example.kz>\r\n{LETTER}WHAT\r\nQUIT\r\n");
        let (heard, letters) = said(&words).await;
        let codes: Vec<&str> = heard.lines().filter_map(|line| line.get(..3)).collect();
        let expected =
            ["220", "250", "250", "503", "503", "250", "250", "354", "250", "500", "221"];
        assert_eq!(codes, expected, "{heard}");
        let received = letters.received();
        assert_eq!(received.len(), 1);
        let one = &received[0];
        assert_eq!((one.to.as_str(), one.from.as_str()), ("b@example.kz", "a@example.kz"));
        assert_eq!((one.subject.as_str(), one.text.as_str()), ("Хат", "Сәлем"));
    }
}
