// What the journal's tests share: a key, small options, a filled journal to damage, and the check
// that everything verifies.
#pragma once

#include <future>
#include <thread>

#include "journal/reader.hpp"
#include "journal/simulated_disk.hpp"

namespace bw::journal {

inline const SigningKey& test_key() {
    static const SigningKey key = SigningKey::from_seed({1, 2, 3});
    return key;
}
inline Journal::Sign test_sign() {
    return [](ByteView bytes) { return test_key().sign(bytes); };
}

inline JournalOptions small_options() {
    return {.directory = {},
            .cell = "test",
            .segment_bytes = 16 * 1024,
            .total_bytes_limit = 1024 * 1024,
            .record_bytes_limit = 4 * 1024,
            .group_items_limit = 64};
}

/// Path and signature lead from the record to the key.
inline bool verifies(ByteView record, const Nonce& nonce, std::uint32_t index,
                     const CommittedGroup& group) {
    return verify_inclusion(leaf_hash(nonce, record), index, group.group.size,
                            group.tree.path(index), group.group.root) &&
           verify_inclusion(group.group.leaf(), group.group.number - 1, group.head.size,
                            group.head_path, group.head.root) &&
           verify_ed25519(test_key().public_key(), group.head.signed_bytes(), group.signature);
}

/// Appends and waits for the answer. The leaf covers the first `proven_bytes`.
inline Result<Committed> append(Journal& journal, const Bytes& record, std::size_t proven_bytes) {
    std::promise<Result<Committed>> answer;
    journal.append(record, proven_bytes,
                   [&](Result<Committed> r) { answer.set_value(std::move(r)); });
    return answer.get_future().get();
}
inline Result<Committed> append(Journal& journal, const Bytes& record) {
    return append(journal, record, record.size());
}
/// The same, and again for as long as only the next segment is awaited.
inline Result<Committed> append_patiently(Journal& journal, const Bytes& record,
                                          std::size_t proven_bytes) {
    for (;;) {
        auto answer = append(journal, record, proven_bytes);
        if (answer || answer.error().code != Code::overloaded)
            return answer;
        std::this_thread::yield();
    }
}
inline Result<Committed> append_patiently(Journal& journal, const Bytes& record) {
    return append_patiently(journal, record, record.size());
}

/// The thread-free part of a journal on a simulated disk, as a test drives it.
struct Driver {
    ManualClock clock{Instant{1'700'000'000'000}};
    SeededRng rng{7};
    Journal::Sign sign = test_sign();
    bool verify = true; // what is read back; costs a signature's check a group
    std::unique_ptr<Segments> segments;
    std::atomic<bool> stop = false;

    Result<void> open(const std::shared_ptr<SimulatedDisk>& disk,
                      const JournalOptions& options = small_options()) {
        segments = nullptr;
        segments = TRY(Segments::open(disk->mount(), options, sign, clock, rng));
        return {};
    }
    /// All records as one group (if the limits allow); a segment is prepared if need be.
    Segments::Commit commit(const std::vector<Bytes>& records) {
        std::uint64_t cost = 0;
        for (const Bytes& record : records)
            cost += commit_cost(record.size());
        while (segments->room() < cost)
            if (auto prepared = segments->prepare(stop); !prepared)
                return {.taken = 0, .group = std::move(prepared).error()};
        std::vector<Pending> items;
        for (const Bytes& record : records) {
            Pending& item = items.emplace_back(
                Pending{.record = record, .proven_bytes = record.size(), .nonce = rng.bytes<16>()});
            item.leaf = leaf_hash(item.nonce, record);
        }
        return segments->commit(items);
    }
    /// Everything that is not forgotten, read in pieces of the given size; each entry verified.
    Result<std::vector<Bytes>> read_everything(std::size_t piece = 7) {
        Reader reader(*segments, sign);
        std::vector<Bytes> out;
        const std::uint64_t forgotten = segments->first_seq() - 1;
        for (;;) {
            auto entries = TRY(reader.read(forgotten + out.size(), piece, 1 << 20));
            if (entries.empty())
                return out;
            for (Entry& entry : entries) {
                if (entry.position.seq != forgotten + out.size() + 1)
                    return fail(Code::internal, "a record out of order");
                if (verify && !verifies(entry.record, entry.nonce, entry.index, *entry.group))
                    return fail(Code::internal, "a record that cannot be proven");
                out.push_back(std::move(entry.record));
            }
        }
    }
};

} // namespace bw::journal
