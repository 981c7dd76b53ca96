use super::*;
use crate::domain::{Audience, SeatId};
use crate::table::frame::FrameBody;

#[tokio::test]
async fn a_frame_reaches_only_those_it_is_for() {
    let frames = Feed::default();
    let (inbox, _) = mpsc::channel(1);
    let table = TableHandle::new("gate".parse().unwrap(), inbox, frames.clone());
    let (mut public, mut ana) = (table.watch(Viewer::Public), table.watch(Viewer::Seat(SeatId::new(1))));
    let frame = |turn, audience| Frame { audience, body: FrameBody::Reminded { turn: TurnNo::new(turn) } };
    for (turn, audience) in [(1, Audience::Gm), (2, Audience::Seats(vec![SeatId::new(1)])), (3, Audience::Table)] {
        frames.send(frame(turn, audience));
    }
    let next = async |watch: &mut Watch| match watch.next().await {
        Watched::Frame(frame) => frame.body.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(next(&mut ana).await, FrameBody::Reminded { turn: TurnNo::new(2) });
    assert_eq!(next(&mut ana).await, FrameBody::Reminded { turn: TurnNo::new(3) });
    assert_eq!(next(&mut public).await, FrameBody::Reminded { turn: TurnNo::new(3) });
}
