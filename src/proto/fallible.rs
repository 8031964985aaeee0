//! Lists and texts that say when there is no memory for them, for a face that must not end its process then (`wspc`).

/// The allocator has no memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoMemory;

/// Appends a value.
pub fn push<T>(list: &mut Vec<T>, value: T) -> Result<(), NoMemory> {
    list.try_reserve(1).map_err(|_| NoMemory)?;
    list.push(value);
    Ok(())
}

/// Appends bytes.
pub fn extend(list: &mut Vec<u8>, bytes: &[u8]) -> Result<(), NoMemory> {
    list.try_reserve(bytes.len()).map_err(|_| NoMemory)?;
    list.extend_from_slice(bytes);
    Ok(())
}

/// Holds no more memory than is needed, if there is memory to move to: `shrink_to_fit()` ends the process when there is none.
pub fn shrink(list: &mut Vec<u8>) {
    let mut smaller = Vec::new();
    if list.capacity() > list.len() && smaller.try_reserve_exact(list.len()).is_ok() {
        smaller.extend_from_slice(list);
        *list = smaller;
    }
}

/// The elements of a header's list, with ", " between them.
pub fn joined<'a>(elements: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<u8>, NoMemory> {
    let mut list = Vec::new();
    for (at, element) in elements.into_iter().enumerate() {
        extend(&mut list, if at == 0 { b"" } else { b", " })?;
        extend(&mut list, element)?;
    }
    Ok(list)
}

/// Tries whether so many bytes can be had, for what would not survive if they could not. They are taken in pieces: a large block
/// that is given back at once tells glibc that such blocks come and go, and it never returns one to the kernel afterwards.
pub fn probe(bytes: usize) -> Result<(), NoMemory> {
    const PIECE: usize = 64 * 1024;
    // No allocator has more.
    isize::try_from(bytes).map_err(|_| NoMemory)?;
    let mut pieces: Vec<Vec<u8>> = Vec::new();
    let count = bytes.div_ceil(PIECE);
    pieces.try_reserve_exact(count).map_err(|_| NoMemory)?;
    for _ in 0..count {
        let mut piece = Vec::new();
        piece.try_reserve_exact(PIECE).map_err(|_| NoMemory)?;
        pieces.push(piece);
    }
    // Looked at, or the compiler does without them.
    match std::hint::black_box(&pieces).len() == count {
        true => Ok(()),
        false => Err(NoMemory),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_joined() {
        assert_eq!(joined([&b"a"[..], b"", b"b"]).unwrap(), b"a, , b");
        assert_eq!(joined([]).unwrap(), b"");
    }

    #[test]
    fn more_than_there_is() {
        assert_eq!(probe(usize::MAX), Err(NoMemory));
        assert_eq!(probe(1000), Ok(()));
    }
}
