//! A hand-made bot: plain HTTP and a plain WebSocket. Never corrects what a test makes it send.

use fake_discord::{FakeDiscord, Room};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// An answer: its status, its JSON (null if none) and its headers.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub json: Value,
    pub headers: reqwest::header::HeaderMap,
}

/// The HTTP half.
pub struct Bot {
    pub http: reqwest::Client,
    pub base: String,
    pub token: String,
}

impl Bot {
    pub fn of(d: &FakeDiscord) -> Self {
        Self { http: reqwest::Client::new(), base: format!("{}/api/v10", d.api_url()), token: d.token() }
    }

    pub async fn try_call(&self, method: &str, path: &str, body: Value) -> Result<Answer, reqwest::Error> {
        let method = method.parse().unwrap();
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        request = request.header("authorization", format!("Bot {}", self.token));
        if !body.is_null() {
            request = request.json(&body);
        }
        let answer = request.send().await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let json = serde_json::from_slice(&answer.bytes().await?).unwrap_or_default();
        Ok(Answer { status, json, headers })
    }

    pub async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        self.try_call(method, path, body).await.unwrap()
    }

    pub async fn say(&self, room: &Room, text: &str) -> Value {
        let answer = self.call("POST", &format!("/channels/{}/messages", room.id()), json!({ "content": text })).await;
        assert_eq!(answer.status, 200, "{}", answer.json);
        answer.json
    }

    pub async fn register(&self, d: &FakeDiscord, commands: Value) {
        let answer = self.call("PUT", &format!("/applications/{}/commands", d.bot_id()), commands).await;
        assert_eq!(answer.status, 200, "{}", answer.json);
    }

    pub async fn respond(&self, interaction: &Value, body: Value) -> Answer {
        let (id, token) = (interaction["id"].as_str().unwrap(), interaction["token"].as_str().unwrap());
        self.call("POST", &format!("/interactions/{id}/{token}/callback"), body).await
    }
}

/// The gateway half.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub seq: Option<u64>,
    pub session: String,
}

/// All unprivileged intents and message content.
pub const INTENTS: u64 = (1 << 0) | (1 << 5) | (1 << 9) | (1 << 10) | (1 << 11) | (1 << 12) | (1 << 15);

impl Socket {
    /// Connects and hears HELLO.
    pub async fn connect(d: &FakeDiscord) -> Self {
        let url = Bot::of(d).call("GET", "/gateway", Value::Null).await.json["url"].as_str().unwrap().to_owned();
        assert!(url.starts_with("ws://127.0.0.1:"));
        let (stream, _) = tokio_tungstenite::connect_async(format!("{url}/?v=10")).await.unwrap();
        let mut socket = Self { stream, seq: None, session: String::new() };
        assert_eq!(socket.frame().await["op"], 10);
        socket
    }

    /// Connects and identifies, up to GUILD_CREATE.
    pub async fn ready(d: &FakeDiscord, intents: u64) -> Self {
        let mut socket = Self::connect(d).await;
        socket.identify(&d.token(), intents).await;
        let ready = socket.event("READY").await;
        socket.session = ready["session_id"].as_str().unwrap().to_owned();
        socket.event("GUILD_CREATE").await;
        socket
    }

    pub async fn identify(&mut self, token: &str, intents: u64) {
        let properties = json!({ "os": "linux", "browser": "hand", "device": "hand" });
        self.send(json!({ "op": 2, "d": { "token": token, "intents": intents, "properties": properties } })).await;
    }

    pub async fn send(&mut self, frame: Value) {
        self.stream.send(Frame::text(frame.to_string())).await.unwrap();
    }

    /// The next frame, or the close code as `{"close": code}`.
    pub async fn frame(&mut self) -> Value {
        loop {
            match self.stream.next().await {
                Some(Ok(Frame::Text(text))) => return self.note(serde_json::from_str(&text).unwrap()),
                Some(Ok(Frame::Binary(bytes))) => {
                    let mut unpacked = flate2::read::ZlibDecoder::new(&bytes[..]);
                    return self.note(serde_json::from_reader(&mut unpacked).unwrap());
                }
                Some(Ok(Frame::Close(frame))) => return json!({ "close": frame.map(|f| u16::from(f.code)) }),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return json!({ "close": null }),
            }
        }
    }

    fn note(&mut self, frame: Value) -> Value {
        self.seq = frame["s"].as_u64().or(self.seq);
        frame
    }

    /// The payload of the next event, which must be of that name.
    pub async fn event(&mut self, name: &str) -> Value {
        let frame = self.frame().await;
        assert_eq!(frame["t"], name, "{frame}");
        frame["d"].clone()
    }
}
