//! What a long campaign hides in its early sessions, and what has to come back in the last.

use crate::domain::Tier;

/// Who acts in secret, or nobody; what is said and answered; what is asked in the last session; what has to come back.
pub(super) type Planted = (Option<&'static str>, &'static str, &'static str, &'static str, &'static str);

/// One for each of the first sessions.
pub(super) const PLANTED: [Planted; 24] = [
    (
        None,
        "I ask the ferryman his name.",
        "**Odo:** Odo, and the brass key lies under the third step of the chapel.",
        "Where did Odo say the brass key was?",
        "third step",
    ),
    (
        None,
        "I comfort the widow.",
        "The widow Tessaly weeps: her son drowned at Gallow Weir on midsummer night.",
        "I ask Tessaly about her son.",
        "Gallow Weir",
    ),
    (
        None,
        "I swear to Baron Hesk that I return his falcon.",
        "Baron Hesk nods and marks the vow in his ledger.",
        "We meet Baron Hesk again. What did I owe him?",
        "falcon",
    ),
    (
        None,
        "I read the milestone.",
        "The milestone says 41 leagues to Quenby, and someone scratched a spiral over it.",
        "How far was it to Quenby?",
        "41 leagues",
    ),
    (
        Some("ana"),
        "I hide the opal ring in the hollow oak.",
        "Nobody saw a thing.",
        "I go back for the opal ring.",
        "hollow oak",
    ),
    (
        Some("ben"),
        "I pour the sleeping draught into Ana's waterskin.",
        "The evening goes on.",
        "I look for the waterskin with the draught.",
        "Ana's waterskin",
    ),
    (None, "왕관은 어디에 있지?", "노인은 왕관이 북쪽 우물 아래에 있다고 말한다.", "왕관을 찾으러 간다", "북쪽 우물"),
    (None, "剣を調べる。", "剣の名は霧切、鍛冶師は源三だと刻まれている。", "霧切の剣は誰が作った？", "源三"),
    (None, "我问店主。", "店主说密道在马厩后面的第七块石板下。", "密道在哪里？", "第七块石板"),
    (
        None,
        "I taste the soup.",
        "It is bitter: the cook Marl uses wormwood against the plague of Ister.",
        "What did Marl put into the soup?",
        "wormwood",
    ),
    (
        None,
        "I count the bells.",
        "Thirteen strokes. In Velm the thirteenth bell is rung for traitors only.",
        "The thirteenth bell of Velm again. What does it mean?",
        "traitors",
    ),
    (
        None,
        "I look at the painting.",
        "The painted countess Ilvane wears a locket shaped like a moth.",
        "Who wore the moth locket in the painting?",
        "Ilvane",
    ),
    (
        None,
        "I promise the orphan Pim a ride on a griffin.",
        "Pim grins with three missing teeth.",
        "Pim is here. What did I promise?",
        "griffin",
    ),
    (
        None,
        "I bargain with the witch.",
        "The witch Agrane takes your reflection as payment for the map.",
        "What was Agrane paid for the map?",
        "reflection",
    ),
    (
        Some("ana"),
        "I copy the abbot's seal in wax.",
        "The candle burns down.",
        "I take out the wax copy of the seal.",
        "abbot's seal",
    ),
    (
        None,
        "I climb the mast.",
        "From the mast you see the wreck of the Halcyon on the reef called Widow's Comb.",
        "Where did the Halcyon wreck?",
        "Widow's Comb",
    ),
    (
        None,
        "I question the captive.",
        "The captive mutters a password: 'salt before silver'.",
        "The guards want the password of the captive.",
        "salt before silver",
    ),
    (
        None,
        "I open the tomb.",
        "King Orrin died of a poisoned glove, the inscription says.",
        "How did King Orrin die?",
        "poisoned glove",
    ),
    (
        None,
        "Ich frage den Müller.",
        "Der Müller Jörg gesteht: das Mehl für den Krönungstag ist verflucht.",
        "Was war mit dem Mehl von Jörg?",
        "verflucht",
    ),
    (
        None,
        "I follow the fox.",
        "The fox leads to a door in the hill that opens only at eclipse.",
        "When does the door in the hill of the fox open?",
        "eclipse",
    ),
    (
        None,
        "I examine the sword of the duelist.",
        "The duelist Corvane fights left-handed since his duel at Tarn.",
        "We face Corvane. How does he fight?",
        "left-handed",
    ),
    (
        None,
        "I listen at the door.",
        "Two voices: the regent will sell the northern province for nine ships.",
        "What will the regent sell for ships?",
        "nine ships",
    ),
    (
        None,
        "I pay the beggar.",
        "The beggar Nettle warns of the red lantern at the docks.",
        "What did Nettle warn us of?",
        "red lantern",
    ),
    (
        None,
        "I feed the raven.",
        "The raven answers to the name Ashgrave and fears silver.",
        "What does the raven Ashgrave fear?",
        "fears silver",
    ),
];

/// What the game master noted in a session: as what, for whom, what; what is asked in the last one; what has to come back.
pub(super) type Noted = (Tier, &'static [u32], bool, &'static str, &'static str, &'static str);

/// For everyone, for the seats named, or (none named, not for everyone) for the game master alone.
pub(super) const NOTED: [Noted; 7] = [
    (
        Tier::Fact,
        &[1],
        false,
        "The abbess Ottoline sells keys to the crypt of Varn.",
        "I ask Ottoline about the crypt.",
        "sells keys",
    ),
    (Tier::Fact, &[], true, "은행장 미르는 왼손에 여섯 손가락이 있다.", "미르의 왼손은 어떻지?", "여섯 손가락"),
    (
        Tier::Rumour,
        &[],
        false,
        "Brannoch of the lighthouse is the drowned prince.",
        "We visit Brannoch at the lighthouse.",
        "drowned prince",
    ),
    (
        Tier::Rumour,
        &[2, 3],
        false,
        "The vintner Casperl waters his wine with tears.",
        "I drink with Casperl the vintner.",
        "with tears",
    ),
    (
        Tier::Promise,
        &[],
        true,
        "a free crossing at Whitsand",
        "We come to Whitsand. What about the crossing?",
        "free crossing",
    ),
    (
        Tier::Promise,
        &[],
        true,
        "to carve the name of Udell into the bridge",
        "We cross the bridge. What of Udell?",
        "carve the name",
    ),
    (
        Tier::Promise,
        &[],
        true,
        "to bury Lady Ferrow beside her hound",
        "Lady Ferrow is dead. What was promised?",
        "beside her hound",
    ),
];
