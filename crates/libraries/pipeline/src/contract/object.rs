//! A JSON object.

/// A JSON object, its members in the order in which they came.
pub type Object = serde_json::Map<String, serde_json::Value>;
