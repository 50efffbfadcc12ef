// Whatever a client sends: refused with its place, or activities that a record can hold.
#include "activity/sent.hpp"
#include "base/ensure.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bw;
    const auto sent = activity::read_sent({reinterpret_cast<const char*>(data), size});
    if (!sent) {
        ENSURE(sent.error().code == Code::bad_request || sent.error().field.starts_with("/"),
               "a fault without a place");
        ENSURE(is_utf8(sent.error().field), "a place that is no text");
        return 0;
    }
    const activity::Record record{.tenant = {}, .user = {}, .received_at = {}, .activities = *sent};
    const auto again = activity::decode_record(activity::encode(record));
    ENSURE(again && *again == record, "another record");
    return 0;
}
