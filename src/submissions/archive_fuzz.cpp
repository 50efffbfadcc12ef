// Whatever stands in an archive's file: read or refused, never more than it says. Half of the
// inputs get the checksum that they lack, so that what is behind it is reached.
#include "base/crypto.hpp"
#include "base/ensure.hpp"
#include "submissions/archive_format.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bw;
    Bytes bytes(reinterpret_cast<const char*>(data), size);
    if (size > 0 && data[size - 1] % 2 == 0)
        bytes += view(sha256(bytes));
    auto file = submissions::parse_archive(bytes, "fuzzed");
    if (!file)
        return 0;
    std::size_t sealed = 0;
    for (const submissions::ArchivedGroup& group : file->groups) {
        ENSURE(group.records.size() == group.group.size, "a group of another size than it says");
        for (const submissions::ArchivedRecord& record : group.records)
            sealed += record.sealed.size();
    }
    ENSURE(sealed <= bytes.size(), "more than there is");
    return 0;
}
