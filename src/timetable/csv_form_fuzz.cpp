// Whatever the bytes: a table is refused with its place, or what is read from it comes back the
// same when written and read again.
#include <cstdint>

#include "base/ensure.hpp"
#include "timetable/csv_form.hpp"

namespace {

using namespace bw;
using namespace bw::timetable;

template <class T, class Again>
void check(const Result<T>& read, Again&& again_of) {
    if (read) {
        const Result<T> again = again_of(*read);
        ENSURE(again && *again == *read, "the same again");
        return;
    }
    ENSURE(read.error().code == Code::invalid_field || read.error().code == Code::payload_too_large,
           "the caller's to mend");
    ENSURE(!read.error().detail.empty() && !read.error().field.empty(), "with its place");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    ByteView text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::vector<std::string> rotation{"A", "B 2"};
    switch (data[0] % 3) {
    case 0:
        check(schedules_from_csv(text, 100),
              [](const auto& read) { return schedules_from_csv(to_csv(read), 100); });
        break;
    case 1:
        check(exceptions_from_csv(text, 100),
              [](const auto& read) { return exceptions_from_csv(to_csv(read), 100); });
        break;
    default:
        check(lessons_from_csv(text, rotation, 100), [&](const auto& read) {
            return lessons_from_csv(to_csv(read, rotation), rotation, 100);
        });
    }
    return 0;
}
