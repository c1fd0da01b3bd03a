//! What a document may take: what a program writes, the next one has to be able to read.

/// The largest document in bytes: an order of a thousand names, with room.
pub(crate) const LARGEST: usize = 8 << 20;
/// The most members and elements of a document, which bounds what its bytes take up once they are parsed.
pub(crate) const MOST_VALUES: usize = 400_000;
/// The most challenges of an order: each gains a kilobyte on its way.
pub(super) const MOST_CHALLENGES: usize = 4000;
/// How deep a document may be nested; serde_json reads no deeper.
pub(crate) const DEEPEST: usize = 127;
/// How deep a member of an error may be nested: an error goes into a document, and may go into another error.
pub(super) const DEEPEST_IN_ERROR: usize = 64;
/// The most of an error's detail that goes into a document, in characters: it quotes what was found, which may be
/// anything.
pub(super) const LONGEST_DETAIL: usize = 2000;
/// The same where a document is too large, in characters.
pub(super) const SHORT_DETAIL: usize = 300;
/// The most name servers of a zone; the root has 13.
pub(super) const MOST_NAME_SERVERS: usize = 64;
/// The most CNAMEs on the way to a record: resolvers follow about eleven.
pub(super) const MOST_CNAMES: usize = 32;
/// The most addresses of one name server.
pub(super) const MOST_ADDRESSES: usize = 16;
/// The longest value in octets: a TXT record has room for more, a challenge has no use for it.
pub(super) const LONGEST_VALUE: usize = 4096;
/// The longest member, in bytes of JSON, that is kept to identify a document of which nothing else fits.
pub(super) const LONGEST_IDENTITY: usize = 2048;
