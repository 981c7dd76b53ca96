//! One WebSocket from handshake to end. Carries frames both ways; never decides what they mean.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use flate2::Compression as Level;
use flate2::write::ZlibEncoder;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::judges::ledger::Judge;
use crate::options::Compression;
use crate::shared::Shared;
use crate::world::session::Outgoing;

use super::protocol;

/// How a connection ended.
enum End {
    /// The peer left, with its close code if it said one.
    Peer(Option<u16>),
    Reset,
    /// Nobody reads or writes any more; the socket stays open.
    BlackHole,
}

/// Serves one connection until it ends.
pub(crate) async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else { return };
    let (wire, outgoing) = unbounded_channel();
    let number = shared.write(|world| {
        let number = world.line.open(wire);
        protocol::hello(world, number);
        number
    });
    let end = carry(&mut socket, outgoing, &shared, number).await;
    let code = match end {
        End::Peer(code) => code,
        End::Reset | End::BlackHole => None,
    };
    shared.write(|world| protocol::gone(world, number, code));
    match end {
        End::Peer(_) => {}
        End::Reset => {
            let _ = socket.get_ref().set_zero_linger();
        }
        // Holds the socket for as long as the runtime lives.
        End::BlackHole => std::future::pending().await,
    }
}

async fn carry(
    socket: &mut WebSocketStream<TcpStream>,
    mut outgoing: UnboundedReceiver<Outgoing>,
    shared: &Shared,
    number: u64,
) -> End {
    // Discord drops silent clients; generous, because a loaded machine is no fault of the bot.
    let silence = shared.read(|world| world.options.heartbeat_interval * 3 + Duration::from_secs(10));
    loop {
        tokio::select! {
            incoming = tokio::time::timeout(silence, socket.next()) => match incoming {
                Err(_) => {
                    shared.write(|world| world.accuse(Judge::Heartbeat, format!("nothing heard for {silence:?}")));
                    let _ = close(socket, 4009).await;
                    return End::Peer(None);
                }
                Ok(Some(Ok(Frame::Text(text)))) => shared.write(|world| protocol::receive(world, number, &text)),
                Ok(Some(Ok(Frame::Binary(bytes)))) => {
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    shared.write(|world| protocol::receive(world, number, &text));
                }
                Ok(Some(Ok(Frame::Close(frame)))) => return End::Peer(frame.map(|f| f.code.into())),
                Ok(Some(Ok(_))) => {}
                Ok(Some(Err(_)) | None) => return End::Peer(None),
            },
            Some(order) = outgoing.recv() => match order {
                Outgoing::Frame(frame) => {
                    let frame = encode(&frame, shared, number);
                    if socket.send(frame).await.is_err() {
                        return End::Peer(None);
                    }
                }
                Outgoing::Close(code) => {
                    let _ = close(socket, code).await;
                    return End::Peer(None);
                }
                Outgoing::Reset => return End::Reset,
                Outgoing::BlackHole => return End::BlackHole,
            },
        }
    }
}

async fn close(socket: &mut WebSocketStream<TcpStream>, code: u16) -> Result<(), ()> {
    let frame = CloseFrame { code: code.into(), reason: "".into() };
    socket.close(Some(frame)).await.map_err(|_| ())?;
    // The peer's answer must be read, or the kernel turns our close into a reset that eats the frame.
    let drain = async { while let Some(Ok(_)) = socket.next().await {} };
    tokio::time::timeout(Duration::from_secs(5), drain).await.map_err(|_| ())
}

fn encode(frame: &Value, shared: &Shared, number: u64) -> Frame {
    let text = frame.to_string();
    let zlib = shared.read(|world| {
        world.options.compression == Compression::WhenAsked
            && world.line.connections.get(&number).is_some_and(|connection| connection.compress)
    });
    if !zlib {
        return Frame::text(text);
    }
    let mut encoder = ZlibEncoder::new(Vec::new(), Level::fast());
    let packed = encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish());
    Frame::binary(packed.expect("writing to a vector cannot fail"))
}
