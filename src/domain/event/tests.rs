use super::*;

#[test]
fn the_stored_name_is_the_tag() {
    let (turn, until) = (TurnNo::new(1), Timestamp::from_millis(1));
    let kinds = [
        EventKind::Asked { turn, key: 1, request: Request::leave("Bash", "ls"), until },
        EventKind::AskSettled { ask: AskId::new(1), settlement: Settlement::Answered { words: "Left.".to_owned() } },
        EventKind::SceneEnded { scene: SceneNo::new(1) },
        EventKind::Safety(SafetyEvent::Directed { direction: crate::domain::Direction::Fade }),
        EventKind::Part(PartEvent::Dropped { seat: SeatId::new(1), slug: "mira".to_owned() }),
        EventKind::Trespassed { turn, characters: vec!["Mira".to_owned()], told_anew: true },
        EventKind::StyleSet { facet: "length".to_owned(), value: "short".to_owned() },
        EventKind::ActionWithdrawn { action: ActionId::new(1) },
        EventKind::SummaryBegun {
            of: MemoryId { event: EventSeq::new(1), part: 0 },
            provider: ProviderName::new("claude"),
            model: None,
            micros: 7,
            again: false,
        },
        EventKind::SummaryEnded {
            of: MemoryId { event: EventSeq::new(1), part: 0 },
            outcome: SummaryOutcome::Refused { words: vec!["Mordred".to_owned()] },
            spent: Spent::default(),
        },
        EventKind::BranchOpened {
            branch: BranchId::new(1),
            parent: BranchId::new(0),
            at: EventSeq::new(0),
            why: BranchWhy::Reset,
        },
    ];
    for kind in kinds {
        let json = serde_json::to_value(&kind).unwrap();
        assert_eq!(json["kind"], kind.name());
        assert_eq!(serde_json::from_value::<EventKind>(json).unwrap(), kind);
    }
}
