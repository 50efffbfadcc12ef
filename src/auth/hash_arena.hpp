// HashArena: the memory of argon2id, kept by a thread between hashes, on huge pages. Two fifths of
// a plain hash are page faults; see docs/performance.md. Which passwords are hashed is not its
// business.
#pragma once

#include <cstddef>

namespace bw::auth {

/// Belongs to the thread that made it.
class HashArena {
public:
    HashArena() = default;
    ~HashArena();
    HashArena(const HashArena&) = delete;
    HashArena& operator=(const HashArena&) = delete;

    /// This thread's. Its memory comes with the first hash and goes with the thread.
    static HashArena& of_this_thread();

    /// While one lives, libsodium's memory for a hash of at most `bytes` on this thread is the
    /// arena's: its mmap and munmap lead here. Larger hashes get pages of their own, as without.
    /// At the end what the password left behind is wiped.
    class Use {
    public:
        explicit Use(std::size_t bytes);
        ~Use();
        Use(const Use&) = delete;
        Use& operator=(const Use&) = delete;
    };

    /// Used by mmap and munmap alone: nullptr, or false, if this is not the arena's to serve.
    static void* lend(std::size_t bytes);
    static bool take_back(void* address);

private:
    bool grow(std::size_t bytes);
    void release();

    void* base_ = nullptr;
    std::size_t bytes_ = 0;
    std::size_t used_ = 0; // of it, by the hash at work or the last one
    bool lent_ = false;
};

} // namespace bw::auth
