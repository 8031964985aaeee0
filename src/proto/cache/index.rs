//! What a cache holds: which responses, where their bodies are, and which go first.
//!
//! Law: what is there never exceeds the limits, and an entry is found only by the request that it answers.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::entry::Head;
use super::validation::same_variant;
use crate::proto::http1::headers::HeaderList;
use crate::proto::limits;

/// The responses of a cache.
#[derive(Debug)]
pub struct Index {
    entries: HashMap<u64, Entry>,
    by_uri: HashMap<String, Vec<u64>>,
    /// Those that were used longest ago first.
    by_use: BTreeMap<u64, u64>,
    /// What all of them take.
    total: u64,
    /// What those take that are in memory.
    in_memory: u64,
    max: u64,
    /// Counts insertions and uses.
    clock: u64,
}

/// A stored response.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What it is called in its index.
    pub id: u64,
    /// All but the body.
    pub head: Arc<Head>,
    /// The body.
    pub body: Body,
    size: u64,
    used: u64,
}

/// Where a body is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Not in a file yet, or there is no place for files.
    Memory(Arc<[u8]>),
    /// In the file that the head names.
    File,
}

/// The file of an entry that is not there any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaving(pub String);

impl Index {
    /// An index for that many bytes.
    pub fn new(max: u64) -> Index {
        Index {
            entries: HashMap::new(),
            by_uri: HashMap::new(),
            by_use: BTreeMap::new(),
            total: 0,
            in_memory: 0,
            max,
            clock: 0,
        }
    }

    /// How many bytes it is for.
    pub fn max(&self) -> u64 {
        self.max
    }

    /// Changes how many bytes it is for.
    pub fn set_max(&mut self, max: u64) -> Vec<Leaving> {
        self.max = max;
        self.evict()
    }

    /// The longest body that is stored: a tenth of all.
    pub fn max_body(&self) -> usize {
        let most = usize::try_from(self.max / 10).unwrap_or(usize::MAX);
        most.min(limits::CACHE_BODY)
    }

    /// The response that was stored last for this request.
    pub fn find(&self, uri: &str, request: &HeaderList) -> Option<&Entry> {
        let ids = self.by_uri.get(uri)?;
        let entries = ids.iter().filter_map(|id| self.entries.get(id));
        entries
            .filter(|entry| same_variant(&entry.head.response, &entry.head.request, request))
            .max_by_key(|entry| (entry.head.times.response_time, entry.id))
    }

    /// The entry of that name.
    pub fn get(&self, id: u64) -> Option<&Entry> {
        self.entries.get(&id)
    }

    /// An entry has answered a request.
    pub fn touch(&mut self, id: u64) {
        self.clock += 1;
        if let Some(entry) = self.entries.get_mut(&id) {
            self.by_use.remove(&entry.used);
            entry.used = self.clock;
            self.by_use.insert(entry.used, id);
        }
    }

    /// Stores a response in the place of the same variant's: its name, and the files that have to go.
    pub fn insert(&mut self, head: Head, body: Body, length: u64) -> (u64, Vec<Leaving>) {
        let name = head.file_name();
        self.clock += 1;
        let id = self.clock;
        let size = length
            .saturating_add(head.size() as u64)
            .div_ceil(BLOCK)
            .saturating_mul(BLOCK);
        let siblings = self.by_uri.entry(head.uri.clone()).or_default();
        siblings.push(id);
        let siblings = siblings.clone();
        let entry = Entry {
            id,
            head: Arc::new(head),
            body,
            size,
            used: id,
        };
        self.total = self.total.saturating_add(size);
        if let Body::Memory(_) = entry.body {
            self.in_memory = self.in_memory.saturating_add(size);
        }
        self.by_use.insert(id, id);
        self.entries.insert(id, entry);

        let mut leaving = Vec::new();
        let extra = siblings.len().saturating_sub(limits::CACHE_VARIANTS);
        for (place, sibling) in siblings
            .into_iter()
            .enumerate()
            .filter(|(_, sibling)| *sibling != id)
        {
            let same = self
                .get(sibling)
                .is_some_and(|entry| entry.head.file_name() == name);
            if same || place < extra {
                leaving.extend(self.remove(sibling));
            }
        }
        // Its file is written over.
        leaving.retain(|file| file.0 != name);
        leaving.extend(self.evict());
        (id, leaving)
    }

    /// The body is in its file now.
    pub fn written(&mut self, id: u64) {
        if let Some(entry) = self.entries.get_mut(&id)
            && entry.body != Body::File
        {
            entry.body = Body::File;
            self.in_memory = self.in_memory.saturating_sub(entry.size);
        }
    }

    /// Forgets an entry.
    pub fn remove(&mut self, id: u64) -> Option<Leaving> {
        let entry = self.entries.remove(&id)?;
        self.by_use.remove(&entry.used);
        self.total = self.total.saturating_sub(entry.size);
        if let Body::Memory(_) = entry.body {
            self.in_memory = self.in_memory.saturating_sub(entry.size);
        }
        if let Some(ids) = self.by_uri.get_mut(&entry.head.uri) {
            ids.retain(|other| *other != id);
            if ids.is_empty() {
                self.by_uri.remove(&entry.head.uri);
            }
        }
        Some(Leaving(entry.head.file_name()))
    }

    /// Forgets what was stored of a URI.
    pub fn remove_uri(&mut self, uri: &str) -> Vec<Leaving> {
        let ids = self.by_uri.get(uri).cloned().unwrap_or_default();
        ids.into_iter().filter_map(|id| self.remove(id)).collect()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Index {
            clock: self.clock,
            ..Index::new(self.max)
        };
    }

    /// Forgets the entries whose bodies are in files.
    pub fn forget_files(&mut self) {
        let in_files = self.entries.values().filter(|entry| entry.body == Body::File);
        let ids: Vec<u64> = in_files.map(|entry| entry.id).collect();
        for id in ids {
            self.remove(id);
        }
    }

    fn evict(&mut self) -> Vec<Leaving> {
        let mut leaving = Vec::new();
        let most_in_memory = self.max.min(limits::CACHE_MEMORY);
        while self.total > self.max || self.in_memory > most_in_memory {
            let from_memory = self.total <= self.max;
            let mut oldest = self.by_use.values().copied();
            let oldest = oldest.find(|id| {
                !from_memory
                    || self
                        .get(*id)
                        .is_some_and(|entry| matches!(entry.body, Body::Memory(_)))
            });
            let Some(oldest) = oldest else { break };
            leaving.extend(self.remove(oldest));
        }
        leaving
    }
}

/// File systems give space by blocks: very many tiny responses take more than their bytes.
const BLOCK: u64 = 4096;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::cache::Stored;
    use crate::proto::cache::tests::{NOW, request, response};

    fn head(uri: &str, language: &str, later: i64) -> Head {
        let times = Stored {
            request_time: NOW + later,
            response_time: NOW + later,
        };
        let fields = request(&[("Accept-Language", language)]);
        let response = response(&[("Vary", "Accept-Language")]);
        Head::new(uri, &fields, 200, "OK", &response, times)
    }

    fn memory(length: usize) -> Body {
        Body::Memory(vec![0; length].into())
    }

    fn found(index: &Index, uri: &str, language: &str) -> Option<u64> {
        let entry = index.find(uri, &request(&[("Accept-Language", language)]))?;
        Some(entry.id)
    }

    #[test]
    fn the_same_variant_is_replaced() {
        let mut index = Index::new(1 << 20);
        let (german, left) = index.insert(head("a", "de", 0), memory(1), 1);
        assert!(left.is_empty());
        let (english, _) = index.insert(head("a", "en", 0), memory(1), 1);
        assert_eq!(
            (found(&index, "a", "de"), found(&index, "a", "en")),
            (Some(german), Some(english))
        );
        assert_eq!((found(&index, "a", "fr"), found(&index, "b", "de")), (None, None));
        let (newer, left) = index.insert(head("a", "de", 1), memory(1), 1);
        assert_eq!((found(&index, "a", "de"), left), (Some(newer), vec![]));
        assert!(index.get(german).is_none());
        assert_eq!(index.remove_uri("a").len(), 2);
        assert_eq!((index.total, index.in_memory, index.by_use.len()), (0, 0, 0));
    }

    #[test]
    fn variants_are_limited() {
        let mut index = Index::new(1 << 30);
        for number in 0..=limits::CACHE_VARIANTS {
            let (_, left) = index.insert(head("a", &number.to_string(), 0), Body::File, 1);
            assert_eq!(left.len(), usize::from(number == limits::CACHE_VARIANTS));
        }
        assert_eq!(found(&index, "a", "0"), None);
        assert!(found(&index, "a", "1").is_some());
    }

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let mut index = Index::new(3 * BLOCK);
        let (first, _) = index.insert(head("a", "", 0), Body::File, 1);
        let (second, _) = index.insert(head("b", "", 0), Body::File, 1);
        index.insert(head("c", "", 0), Body::File, 1);
        index.touch(first);
        let (_, left) = index.insert(head("d", "", 0), Body::File, 1);
        assert_eq!(left, [Leaving(head("b", "", 0).file_name())]);
        assert!(index.get(first).is_some() && index.get(second).is_none());
        assert_eq!(index.set_max(BLOCK).len(), 2);
        assert_eq!(index.set_max(0).len(), 1);
        assert_eq!((index.total, index.entries.len()), (0, 0));
    }

    #[test]
    fn memory_is_limited_by_itself() {
        let mut index = Index::new(1 << 40);
        let half = usize::try_from(limits::CACHE_MEMORY / 2).unwrap();
        let (file, _) = index.insert(head("f", "", 0), Body::File, 1);
        let (first, _) = index.insert(head("a", "", 0), memory(half), half as u64);
        let (_, left) = index.insert(head("b", "", 0), memory(half), half as u64);
        assert_eq!(left.len(), 1);
        assert!(index.get(first).is_none() && index.get(file).is_some());
        let (third, _) = index.insert(head("c", "", 0), memory(1), 1);
        index.written(third);
        assert_eq!(index.get(third).unwrap().body, Body::File);
        index.clear();
        assert_eq!((index.total, index.in_memory, index.max()), (0, 0, 1 << 40));
    }
}
