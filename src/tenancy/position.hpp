// CommitPosition: how far the database had come when a commit was done, for reads elsewhere that
// must not be older. Clients carry it as opaque text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bw::tenancy {

/// Of PostgreSQL's write-ahead log. What survived a promotion lies before the branch, so whoever
/// follows the newest timeline has it once the replayed `lsn` is reached, whatever `timeline` says;
/// what did not survive is nowhere.
struct CommitPosition {
    std::uint32_t timeline = 0;
    std::uint64_t lsn = 0;

    bool operator==(const CommitPosition&) const = default;
    /// 24 hexadecimal digits. Not signed: a made-up position costs its maker a read at the primary.
    std::string text() const;
    static std::optional<CommitPosition> parse(std::string_view text);
};

} // namespace bw::tenancy
