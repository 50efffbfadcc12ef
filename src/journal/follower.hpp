// The second node that keeps a copy of the journal: what the link to it asks, and what the node
// itself does with what it is sent. How the two reach each other is the caller's.
#pragma once

#include <span>

#include <condition_variable>
#include <thread>

#include "journal/reader.hpp"

namespace bw::journal {

/// Of a journal, at another node.
struct FollowerHas {
    std::uint64_t groups = 0;
    Sha256 root{}; // of the tree over them; all zero for none
};

/// Another node, reached somehow. Of one thread at a time.
class Follower {
public:
    virtual ~Follower() = default;
    virtual std::string name() const = 0;
    virtual Result<FollowerHas> has(const Manifest& journal, Deadline deadline) = 0;
    /// The next ones as messages; synced to its disk when ok, and what it has with them. The
    /// records up to `forgotten_seq` are needed no more. `conflict` if they do not continue what it
    /// has.
    virtual Result<FollowerHas> append(const Manifest& journal, std::span<const Bytes> messages,
                                       std::uint64_t forgotten_seq, Deadline deadline) = 0;
};

/// Sends one journal's groups to the other node as they become durable here. settle() is of the
/// journal's writer, the rest of any thread; a thread of its own does the sending.
class FollowerLink {
public:
    FollowerLink(Segments& segments, FollowerOptions options, const Clock& clock);
    ~FollowerLink();

    /// Before anything is written: `corrupt` if the other node has more of this journal than there
    /// is here, or other groups. One that does not answer is asked again later.
    Result<void> begin();
    /// Waits until the group, which is durable here, is durable there too: what may be promised.
    Result<Durability> settle(const Group& group);
    std::optional<Error> refusal() const;
    FollowerStatus status() const;

private:
    Result<void> ask();
    Result<void> compare(const FollowerHas& has);
    Result<void> send();
    void take_in(const Result<void>& done, std::uint64_t groups_behind_at_most);
    void run();

    Segments& segments_;
    const FollowerOptions options_;
    const Clock& clock_;
    const Manifest journal_;
    Reader reader_;
    bool known_ = false; // what it has; the sending thread's

    mutable std::mutex mutex_; // guards what follows
    std::condition_variable committed_, acknowledged_;
    std::uint64_t groups_ = 0; // that it has
    bool in_step_ = false, parted_ = false, stopping_ = false;
    std::jthread thread_;
};

/// On the second node: one journal's copy, in the journal's own format, so that whatever reads a
/// journal reads it. One thread at a time.
class FollowerCopy {
public:
    /// Made if absent. `conflict` if another journal lies there.
    static Result<std::unique_ptr<FollowerCopy>> open(std::unique_ptr<Directory> directory,
                                                      JournalOptions options, std::uint64_t epoch,
                                                      const Clock& clock, Rng& rng);
    Result<FollowerHas> has();
    /// As Follower::append. What is here already is skipped. A gap is one to begin anew after if
    /// the other node has forgotten all of it, else `unavailable`: it has to ask what is here.
    Result<void> append(std::span<const ByteView> messages, std::uint64_t forgotten_seq);

    /// Writes the segment that comes next, so that no append() has to.
    Result<void> prepare_ahead();

private:
    FollowerCopy(std::unique_ptr<Directory> directory, JournalOptions options, std::uint64_t epoch,
                 const Clock& clock, Rng& rng);
    /// After a failure they are closed: recovery decides what is there.
    Result<void> open_segments();
    Result<void> begin_anew();
    Result<void> adopt(ByteView message, std::uint64_t forgotten_seq);
    Result<void> compare(const GroupMessage& message) const;

    const std::shared_ptr<Directory> directory_;
    const JournalOptions options_;
    const std::uint64_t epoch_;
    const Clock& clock_;
    Rng& rng_;
    std::unique_ptr<Segments> segments_;
};

} // namespace bw::journal
