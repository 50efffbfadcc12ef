// Passwords that leaks have made known, in a file beside the program: 48 bits of the SHA-1 of each,
// in order, mapped into memory and searched there. Made from what "Have I Been Pwned" offers for
// use offline; nothing is asked of anybody over a network.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace bw::accounts {

/// The file: "bwbreach1\n", six zero bytes, the number of entries (64 bits, little-endian), eight
/// zero bytes, then the entries: the first six bytes of each hash, ascending. Of 900 million
/// entries one in 300,000 good passwords is taken for a leaked one. Thread-safe; the mapping lives
/// as long as this.
class BreachedList {
public:
    /// corrupt: it is no such file, or another length than it says.
    static Result<BreachedList> open(const std::filesystem::path& file);
    ~BreachedList();
    BreachedList(BreachedList&& other) noexcept;
    BreachedList& operator=(BreachedList&&) = delete;

    bool contains(std::string_view password) const;
    std::uint64_t size() const { return size_; }

private:
    BreachedList(void* mapped, std::size_t bytes, std::uint64_t size)
        : mapped_(mapped), bytes_(bytes), size_(size) {}
    void* mapped_;
    std::size_t bytes_;
    std::uint64_t size_;
};

struct BreachedListSource {
    /// Either one file of lines "HASH:COUNT" (40 hexadecimal digits), in order, or a directory of
    /// range files "00000.txt" .. "FFFFF.txt" (or without ".txt") of lines "REST:COUNT" (35
    /// digits).
    std::filesystem::path from;
    std::uint64_t count_min = 1; // seen in leaks at least so often
};
/// Writes the file whole or not at all; how many entries it has. invalid_field names file and line.
/// A stream: memory does not grow with it.
Result<std::uint64_t> build_breached_list(const BreachedListSource& source,
                                          const std::filesystem::path& to);

} // namespace bw::accounts
