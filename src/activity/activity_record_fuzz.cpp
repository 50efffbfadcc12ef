// Whatever stands in the journal is a record, and the same bytes again, or is refused.
#include "activity/record.hpp"
#include "base/ensure.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const bw::ByteView bytes(reinterpret_cast<const char*>(data), size);
    if (auto record = bw::activity::decode_record(bytes))
        ENSURE(bw::activity::encode(*record) == bytes, "another record");
    return 0;
}
