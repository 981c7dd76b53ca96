//! Opens whatever comes as a card, and panics if what was read cannot be written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use talekeeper::character::card::open;

fuzz_target!(|data: &[u8]| {
    let Ok(parcels) = open(data) else { return };
    for parcel in parcels {
        let json = open(&parcel.json()).expect("what was read can be read again");
        assert_eq!(json[0].card.text(), parcel.card.text(), "the text leaves as it came");
        let picture = open(&parcel.png().expect("a picture can be made")).expect("and read");
        assert_eq!(picture[0].card.fields().name, parcel.card.fields().name);
    }
});
