//! For tests: a DEFLATE reader as plain as RFC 1951, which tells how far back references reach.

/// Reads `bytes` to their end; returns what they inflate to and the longest distance, or `None` if they are corrupt.
pub(super) fn inflate(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let mut bits = Bits { bytes, at: 0 };
    let mut out = Vec::new();
    let mut reach = 0;
    while bits.at + 10 <= bytes.len() * 8 {
        let _final = bits.take(1)?;
        match bits.take(2)? {
            0 => {
                bits.at = bits.at.next_multiple_of(8);
                let len = bits.take(16)?;
                if bits.take(16)? != len ^ 0xffff {
                    return None;
                }
                for _ in 0..len {
                    out.push(bits.take(8)? as u8);
                }
            }
            1 => {
                let lengths: Vec<u8> = (0..288)
                    .map(|i| [8, 9, 7, 8][(i > 143) as usize + (i > 255) as usize + (i > 279) as usize])
                    .collect();
                block(
                    &mut bits,
                    &Code::new(&lengths),
                    &Code::new(&[5; 30]),
                    &mut out,
                    &mut reach,
                )?;
            }
            2 => {
                let (literals, distances) = dynamic(&mut bits)?;
                block(&mut bits, &literals, &distances, &mut out, &mut reach)?;
            }
            _ => return None,
        }
    }
    Some((out, reach))
}

fn dynamic(bits: &mut Bits<'_>) -> Option<(Code, Code)> {
    const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
    let (literals, distances, count) = (bits.take(5)? + 257, bits.take(5)? + 1, bits.take(4)? + 4);
    let mut lengths = [0u8; 19];
    for place in &ORDER[..count] {
        lengths[*place] = bits.take(3)? as u8;
    }
    let code = Code::new(&lengths);
    let mut lengths = Vec::new();
    while lengths.len() < literals + distances {
        let (value, times) = match code.read(bits)? {
            16 => (*lengths.last()?, bits.take(2)? + 3),
            17 => (0, bits.take(3)? + 3),
            18 => (0, bits.take(7)? + 11),
            length => (length as u8, 1),
        };
        lengths.extend(std::iter::repeat_n(value, times));
    }
    Some((Code::new(&lengths[..literals]), Code::new(&lengths[literals..])))
}

fn block(
    bits: &mut Bits<'_>,
    literals: &Code,
    distances: &Code,
    out: &mut Vec<u8>,
    reach: &mut usize,
) -> Option<()> {
    loop {
        let symbol = literals.read(bits)?;
        let len = match symbol {
            0..256 => {
                out.push(symbol as u8);
                continue;
            }
            256 => return Some(()),
            257..265 => symbol - 254,
            285 => 258,
            _ => {
                let extra = (symbol - 261) / 4;
                3 + ((4 + (symbol - 261) % 4) << extra) + bits.take(extra)?
            }
        };
        let symbol = distances.read(bits)?;
        let distance = match symbol {
            0..4 => symbol + 1,
            _ => {
                let extra = symbol / 2 - 1;
                1 + ((2 + symbol % 2) << extra) + bits.take(extra)?
            }
        };
        *reach = distance.max(*reach);
        for _ in 0..len {
            out.push(*out.get(out.len().checked_sub(distance)?)?);
        }
    }
}

struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: usize) -> Option<usize> {
        let mut value = 0;
        for place in 0..count {
            value |= usize::from(self.bytes.get(self.at / 8)? >> (self.at % 8) & 1) << place;
            self.at += 1;
        }
        Some(value)
    }
}

/// A canonical Huffman code: how many codes there are of each length, and the symbols in order.
struct Code {
    counts: [usize; 16],
    symbols: Vec<usize>,
}

impl Code {
    fn new(lengths: &[u8]) -> Code {
        let mut counts = [0; 16];
        lengths
            .iter()
            .filter(|length| **length > 0)
            .for_each(|length| counts[usize::from(*length)] += 1);
        let mut symbols: Vec<usize> = (0..lengths.len()).filter(|symbol| lengths[*symbol] > 0).collect();
        symbols.sort_by_key(|symbol| lengths[*symbol]);
        Code { counts, symbols }
    }

    fn read(&self, bits: &mut Bits<'_>) -> Option<usize> {
        let (mut code, mut first, mut index) = (0, 0, 0);
        for count in &self.counts[1..] {
            code |= bits.take(1)?;
            if code < first + count {
                return self.symbols.get(index + code - first).copied();
            }
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        None
    }
}
