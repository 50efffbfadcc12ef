// Book: the live classes of all institutions about now, in memory, kept up by asking which have
// another version. Whoever carries plans out reads them from here, and whoever lets people in.
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "live/live_class.hpp"
#include "tenancy/directory.hpp"

namespace bw::live {

struct BookRules {
    Duration behind = 12h, ahead = 25h; // what is known: that begins so long ago, or from now
    std::size_t classes = 20'000; // of more the first are known, of each institution its share
    std::size_t at_once = 500;    // read in one statement
};

using Key = std::pair<TenantId, LiveClassId>;

/// Not thread-safe: its thread's.
class Book {
public:
    Book(const tenancy::TenantDirectory& directory, BookRules rules = {})
        : directory_(directory), rules_(rules) {}

    struct News {
        std::vector<Key> changed; // read anew, or gone
        /// Whose classes could not all be read, and why; they are asked for again the next time.
        std::map<TenantId, Error> unread;
        bool cut = false; // there are more than are kept
    };
    /// Asks once.
    Result<News> refresh(tenancy::Database& database, Instant now, Deadline deadline);

    const std::map<Key, LiveClass>& classes() const { return classes_; }
    /// As it was written by ourselves.
    void put(TenantId tenant, LiveClass one) {
        classes_.insert_or_assign({tenant, one.id}, std::move(one));
    }
    void clear() { classes_.clear(); }

private:
    const tenancy::TenantDirectory& directory_;
    const BookRules rules_;
    std::map<Key, LiveClass> classes_;
};

} // namespace bw::live
