// The seam for objects: bytes under a key, written once and never changed. Two stores stand behind
// it, a directory and an S3 server, and one conformance suite holds both. Knows nothing of tenants
// or of what the bytes are; what is where is the caller's to remember.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace bw::blob {

/// Pieces of letters, digits, '-', '_' and '.', joined by '/'; 1 to 200 bytes; no piece is empty or
/// made of dots alone. Any other key is a bug.
bool is_key(std::string_view key);

/// An object being written: front to back, by one writer. One thread at a time. Dropped unfinished,
/// it stays for adopt() or discard(), as it does when the process dies.
class Draft {
public:
    virtual ~Draft() = default;
    /// What adopt() and discard() need of it beside the key. Never empty.
    virtual const std::string& token() const = 0;
    /// storage_full, unavailable or deadline_exceeded: some of these bytes may be in it; what came
    /// before is.
    virtual Result<void> append(ByteView bytes, Deadline deadline) = 0;
    /// Makes durable what can be; how many bytes from the front are. A store that writes in large
    /// parts tells less than was appended.
    virtual Result<std::uint64_t> sync(Deadline deadline) = 0;
    /// All of it is durable, and the object under its key. Then the draft is over.
    virtual Result<void> finish(Deadline deadline) = 0;
};

/// One of the parts that an object is put together from.
struct StoredPart {
    int number = 0; // 1 to DirectParts::parts_max
    std::string tag;
    std::uint64_t bytes = 0;
};

/// Parts that come straight to the store, from whoever has a signed URL. Thread-safe; failures are
/// a Store's.
class DirectParts {
public:
    virtual ~DirectParts() = default;
    static constexpr int parts_max = 10'000;
    /// Each part but the last has at least so many.
    virtual std::uint64_t part_bytes_min() const = 0;
    /// What the other calls need beside the key.
    virtual Result<std::string> begin_parts(const std::string& key, Deadline deadline) = 0;
    /// Where a part of exactly so many bytes may be PUT until `lifetime` is over, as often as one
    /// likes; the last one counts.
    virtual std::string url_of_part(const std::string& key, const std::string& token, int number,
                                    std::uint64_t bytes, Duration lifetime) const = 0;
    /// Those that came, in their order. not_found: they were dropped, or joined.
    virtual Result<std::vector<StoredPart>> parts(const std::string& key, const std::string& token,
                                                  Deadline deadline) = 0;
    /// Makes the object of these parts, as they were listed, of `bytes` bytes in all. Whatever URLs
    /// are still good for, it does not change the object. False: not yet, call it again, if need be
    /// without a list. `unavailable`, too: a part was replaced since, list them anew; or others
    /// join them. not_found: there are no parts to join.
    virtual Result<bool> join_parts(const std::string& key, const std::string& token,
                                    const std::vector<StoredPart>& parts, std::uint64_t bytes,
                                    Deadline deadline) = 0;
    /// Parts, and what was made of them. Again: fine.
    virtual Result<void> drop_parts(const std::string& key, const std::string& token,
                                    Deadline deadline) = 0;
};

/// Thread-safe. Any failure that is not named is `unavailable`, or deadline_exceeded; both may be
/// tried again.
class Store {
public:
    virtual ~Store() = default;

    /// A key is begun once: a second draft of it is `conflict` where the store can tell.
    virtual Result<std::unique_ptr<Draft>> begin(const std::string& key, Deadline deadline) = 0;
    /// Makes the object of the first `bytes` bytes of a draft whose writer is gone, or must be
    /// taken for gone; sync() has told at least as many. Whatever that writer still does changes
    /// none of these bytes. May be called again. `corrupt`: the draft has fewer.
    virtual Result<void> adopt(const std::string& key, const std::string& token,
                               std::uint64_t bytes, Deadline deadline) = 0;
    /// An absent one is fine. Without a token: whatever drafts of the key there are.
    virtual Result<void> discard(const std::string& key, const std::string& token,
                                 Deadline deadline) = 0;

    /// not_found: there is no such object. It has at least the bytes that were adopted or finished.
    virtual Result<std::uint64_t> size(const std::string& key, Deadline deadline) = 0;
    /// Shorter than asked for only where the object ends.
    virtual Result<Bytes> read(const std::string& key, std::uint64_t offset, std::size_t bytes,
                               Deadline deadline) = 0;
    /// An absent one is fine.
    virtual Result<void> remove(const std::string& key, Deadline deadline) = 0;
    /// Objects and drafts `prefix`/1 to `prefix`/`last`, whichever there are, but for `spared`
    /// (whole keys). Costs by what is there, or little. A failure leaves the rest: again.
    virtual Result<void> remove_series(const std::string& prefix, std::int64_t last,
                                       const std::set<std::string>& spared, Deadline deadline) = 0;
    /// How much more fits; nullopt: as much as one likes.
    virtual Result<std::optional<std::uint64_t>> room() = 0;
    /// Null: all bytes come through us.
    virtual DirectParts* direct() { return nullptr; }
};

} // namespace bw::blob
