//! JSON as bytes: room for it, and text that goes in as it stands, eight bytes at a time.

use std::io::{self, Write};

/// JSON as far as it is written.
///
/// Room is made ahead and filled by slices of known length: in wasm a vector that grows by pieces asks for room, calls
/// and looks at the clock for each.
pub(super) struct Json {
    bytes: Vec<u8>,
    pub length: usize,
}

impl Json {
    pub fn new(capacity: usize) -> Self {
        Self { bytes: vec![0; capacity], length: 0 }
    }

    /// The next so many bytes, for the caller to fill.
    #[inline(always)]
    pub fn room(&mut self, length: usize) -> &mut [u8] {
        let start = self.length;
        let end = start + length;
        if end > self.bytes.len() {
            self.grow(end);
        }
        self.length = end;
        &mut self.bytes[start..end]
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, least: usize) {
        self.bytes.resize(least.max(self.bytes.len() * 2), 0);
    }

    #[inline(always)]
    pub fn push(&mut self, byte: u8) {
        self.room(1)[0] = byte;
    }

    pub fn append(&mut self, bytes: &[u8]) {
        copy(bytes, self.room(bytes.len()));
    }

    pub fn written(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    pub fn into_bytes(mut self) -> Vec<u8> {
        self.bytes.truncate(self.length);
        self.bytes
    }
}

impl Write for Json {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.append(bytes);
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.append(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Copies to where there is as much room. Short pieces, as nearly all are, are copied in steps of fixed size, the last
/// of which may lie over the one before it: these are no calls.
#[inline(always)]
pub(super) fn copy(from: &[u8], to: &mut [u8]) {
    if from.len() > 32 {
        return to.copy_from_slice(from);
    }
    if let (Some(last), Some(end)) = (from.last_chunk::<8>(), to.last_chunk_mut::<8>()) {
        *end = *last;
        for (eight, place) in from.as_chunks::<8>().0.iter().zip(to.as_chunks_mut::<8>().0) {
            *place = *eight;
        }
    } else if let (Some(first), Some(last)) = (from.first_chunk::<4>(), from.last_chunk::<4>()) {
        *to.first_chunk_mut().expect("as long as `from`") = *first;
        *to.last_chunk_mut().expect("as long as `from`") = *last;
    } else {
        for (byte, place) in from.iter().zip(to) {
            *place = *byte;
        }
    }
}

/// Whether a JSON string holds these bytes as they stand: no quotation mark, backslash or control character.
#[inline(always)]
pub(super) fn is_plain(text: &[u8]) -> bool {
    // The last eight first: whatever steps of eight leave over is among them.
    let last = text.last_chunk().map_or_else(|| short(text), |last| u64::from_le_bytes(*last));
    let eights = text.as_chunks::<8>().0;
    eights.iter().fold(special(last), |found, eight| found | special(u64::from_le_bytes(*eight))) == 0
}

/// Fewer than eight bytes as eight, some twice or with spaces before them.
fn short(text: &[u8]) -> u64 {
    match (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        (Some(first), Some(last)) => u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last)),
        _ => text.iter().fold(each(b' '), |eight, &byte| eight << 8 | u64::from(byte)),
    }
}

/// Not zero if one of eight bytes must be escaped.
#[inline(always)]
fn special(eight: u64) -> u64 {
    // A byte below `limit` borrows from its highest bit, and has none of its own. A byte that is borrowed from by a
    // lower one may look so too, but only where that one is below the limit itself.
    let any_below = |eight: u64, limit: u8| eight.wrapping_sub(each(limit)) & !eight & each(0x80);
    let any_is = |byte: u8| any_below(eight ^ each(byte), 1);
    any_below(eight, 0x20) | any_is(b'"') | any_is(b'\\')
}

/// The byte eight times.
const fn each(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}
