//! Any bytes as what a client sends, in any pieces: what the gate hands on is canonical, and no piece
//! of it depends on how the bytes were cut.

#![no_main]

#[path = "../../integration/hostile/canonical.rs"]
mod canonical;

use libfuzzer_sys::fuzz_target;

/// The first byte says how the others are cut: into pieces of so many, or of growing size.
fn pieces(how: u8, mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    let mut size = usize::from(how & 0x3f) + 1;
    while !bytes.is_empty() {
        let (piece, rest) = bytes.split_at(size.min(bytes.len()));
        pieces.push(piece);
        bytes = rest;
        match how >> 6 {
            0 => {}
            1 => size += 1,
            2 => size = size * 5 % 67 + 1,
            _ => size *= 2,
        }
    }
    pieces
}

fuzz_target!(|data: &[u8]| {
    let Some((how, bytes)) = data.split_first() else { return };
    if let Err(wrong) = canonical::check(bytes, pieces(*how, bytes)) {
        panic!("{wrong}");
    }
});
