#include "auth/hash_arena.hpp"

#include <sodium.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace bw::auth {

namespace {

constexpr std::size_t huge_page = std::size_t{2} << 20;
thread_local HashArena* lending = nullptr; // while a Use lives

void* system_mmap(void* address, std::size_t bytes, int protection, int flags, int fd,
                  off_t offset) {
    const long mapped = syscall(SYS_mmap, address, bytes, protection, flags, fd, offset);
    return mapped == -1 ? MAP_FAILED : reinterpret_cast<void*>(mapped);
}

} // namespace

HashArena::~HashArena() {
    release();
}

HashArena& HashArena::of_this_thread() {
    thread_local HashArena arena;
    return arena;
}

void HashArena::release() {
    if (base_)
        syscall(SYS_munmap, base_, bytes_);
    base_ = nullptr;
    bytes_ = 0;
}

/// Huge pages are asked for, never reserved: without them all works as before, only slower.
bool HashArena::grow(std::size_t bytes) {
    const std::size_t wanted = (bytes + huge_page - 1) / huge_page * huge_page;
    if (wanted <= bytes_)
        return true;
    release();
    void* raw = system_mmap(nullptr, wanted + huge_page, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (raw == MAP_FAILED)
        return false;
    auto begin = reinterpret_cast<std::uintptr_t>(raw);
    const std::uintptr_t aligned = (begin + huge_page - 1) / huge_page * huge_page;
    if (aligned > begin)
        syscall(SYS_munmap, begin, aligned - begin);
    if (const std::size_t behind = begin + huge_page - aligned; behind > 0)
        syscall(SYS_munmap, aligned + wanted, behind);
    base_ = reinterpret_cast<void*>(aligned); // NOLINT(performance-no-int-to-ptr)
    bytes_ = wanted;
    madvise(base_, bytes_, MADV_HUGEPAGE);
    madvise(base_, bytes_, MADV_DONTDUMP);
    return true;
}

HashArena::Use::Use(std::size_t bytes) {
    HashArena& arena = of_this_thread();
    if (arena.grow(bytes))
        lending = &arena;
}

HashArena::Use::~Use() {
    if (!lending)
        return;
    sodium_memzero(lending->base_, lending->used_);
    lending->used_ = 0;
    lending = nullptr;
}

void* HashArena::lend(std::size_t bytes) {
    if (!lending || lending->lent_ || bytes > lending->bytes_)
        return nullptr;
    lending->lent_ = true;
    lending->used_ = bytes;
    return lending->base_;
}

bool HashArena::take_back(void* address) {
    if (!lending || !lending->lent_ || address != lending->base_)
        return false;
    lending->lent_ = false;
    return true;
}

} // namespace bw::auth

// libsodium takes a hash's memory by mmap and gives it back by munmap, each time, and has no other
// way to be told. Both names lead here; whatever is not a hash's goes to the kernel unchanged. The
// sanitizers have these names for themselves, so under them hashes get pages of their own.
#if !defined(__has_feature)
#define __has_feature(x) 0
#endif
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
extern "C" {

void* mmap(void* address, size_t bytes, int protection, int flags, int fd, off_t offset) noexcept {
    if (address == nullptr && fd == -1 && (flags & MAP_ANONYMOUS) != 0)
        if (void* lent = bw::auth::HashArena::lend(bytes))
            return lent;
    return bw::auth::system_mmap(address, bytes, protection, flags, fd, offset);
}

int munmap(void* address, size_t bytes) noexcept {
    if (bw::auth::HashArena::take_back(address))
        return 0;
    return static_cast<int>(syscall(SYS_munmap, address, bytes));
}
}
#endif
