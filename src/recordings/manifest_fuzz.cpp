// What lies in the store or at the ingest may be anything: reading ends, and what is found lies
// inside its piece.
#include "base/ensure.hpp"
#include "recordings/archive.hpp"
#include "recordings/fragments.hpp"
#include "recordings/manifest.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace bw::recordings;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto read = Manifest::parse(text))
        for (const Rung& rung : read->rungs)
            for (std::size_t i = 0; i < rung.segments.size(); ++i) {
                ENSURE(rung.segments[i].init < rung.inits.size(), "a segment without an init");
                ENSURE(read->find(rung.name, std::to_string(i) + ".m4s"), "one is not found");
            }
    for (const ArchivedSegment& one : read_list(text, "/nonexistent").segments)
        ENSURE(one.file.parent_path() == "/nonexistent", "it leads out");
    Fragments fragments({.init = [](bw::ByteView init) -> bw::Result<void> {
                             static_cast<void>(picture_of(init));
                             return {};
                         },
                         .fragment = [](bw::ByteView bytes, std::int64_t ms) -> bw::Result<void> {
                             ENSURE(!bytes.empty() && ms >= 0, "an impossible fragment");
                             return {};
                         }});
    static_cast<void>(fragments.take(text.substr(0, size / 2)).has_value() &&
                      fragments.take(text.substr(size / 2)).has_value());
    return 0;
}
