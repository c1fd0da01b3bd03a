//! Tables by name and by server. They are looked into some hundred times for each name, and the standard library's hash is
//! half of that work.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

pub(super) type Table<K, V> = HashMap<K, V, RandomState>;
pub(super) type Set<K> = HashSet<K, RandomState>;
