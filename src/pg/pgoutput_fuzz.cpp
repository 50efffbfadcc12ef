// Whatever the bytes: they are refused as corrupt, or what is read lies within them and, where it
// is a status, comes back the same.
#include <cstdint>
#include <cstdlib>
#include <functional>

#include "pg/pgoutput.hpp"

namespace {

void expect(bool holds) {
    if (!holds)
        std::abort();
}

bool within(bw::ByteView part, bw::ByteView whole) {
    return part.empty() ||
           (std::less_equal<>()(whole.data(), part.data()) &&
            std::less_equal<>()(part.data() + part.size(), whole.data() + whole.size()));
}

void check_row(const bw::pg::pgoutput::Row& row, bw::ByteView bytes) {
    expect(row.size() <= bytes.size());
    for (const auto& field : row)
        expect(within(field.bytes, bytes));
}

void check_message(bw::ByteView bytes, bw::pg::pgoutput::Message& message) {
    using namespace bw::pg::pgoutput;
    auto done = read(bytes, message);
    if (!done) {
        expect(done.error().code == bw::Code::corrupt);
        return;
    }
    if (const auto* insert = std::get_if<Insert>(&message))
        check_row(insert->row, bytes);
    if (const auto* update = std::get_if<Update>(&message)) {
        check_row(update->row, bytes);
        if (update->old)
            check_row(*update->old, bytes);
    }
    if (const auto* removed = std::get_if<Delete>(&message))
        check_row(removed->old, bytes);
    if (const auto* truncate = std::get_if<Truncate>(&message))
        expect(truncate->relations.size() <= bytes.size());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const bw::ByteView bytes(reinterpret_cast<const char*>(data), size);
    bw::pg::pgoutput::Message message;
    check_message(bytes, message);
    check_message(bytes, message); // into memory that was used
    if (auto frame = bw::pg::pgoutput::read_frame(bytes))
        if (const auto* inner = std::get_if<bw::pg::pgoutput::Data>(&*frame))
            check_message(inner->message, message);
    bw::pg::BinaryCopy copy;
    const std::size_t half = size / 2;
    for (const bw::ByteView chunk : {bytes.substr(0, half), bytes.substr(half)})
        if (!copy.read(chunk, [&](const bw::pg::pgoutput::Row& row) -> bw::Result<void> {
                check_row(row, chunk);
                return {};
            }))
            break;
    if (auto lsn = bw::pg::Lsn::parse(bytes))
        expect(bw::pg::Lsn::parse(lsn->text()) == *lsn);
    return 0;
}
