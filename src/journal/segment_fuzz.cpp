// Arbitrary bytes as a segment, and arbitrary edits of a good one: recovery and reader never crash
// and never invent a record.
#include <cstdlib>

#include "journal/testing.hpp"
#include "telemetry/log.hpp"

using namespace bw;
using namespace bw::journal;

namespace {

struct Good {
    std::shared_ptr<SimulatedDisk> disk = SimulatedDisk::make();
    std::string name;
    std::vector<Bytes> records;
};

const Good& good() {
    static const Good sample = [] {
        Good out;
        Driver driver;
        if (!driver.open(out.disk))
            std::abort();
        for (std::size_t g = 0; g < 6; ++g) {
            std::vector<Bytes> group;
            for (std::size_t i = 0; i <= g; ++i)
                group.push_back("record " + std::to_string(g) + Bytes(i * 30, 'x'));
            out.records.insert(out.records.end(), group.begin(), group.end());
            if (!driver.commit(group).group)
                std::abort();
        }
        out.name = segment_name(driver.segments->manifest().epoch, 1);
        return out;
    }();
    return sample;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    ByteView input(reinterpret_cast<const char*>(data), size);
    if (input.empty())
        return 0;
    auto disk = good().disk->copy();
    bool whole = input.front() % 2 == 0;
    input.remove_prefix(1);
    if (whole) {
        disk->put(good().name, Bytes(input));
    } else {
        Bytes& bytes = disk->bytes_of(good().name);
        for (; input.size() >= 3; input.remove_prefix(3)) // offset, value
            bytes[get_le<std::uint16_t>(input) % bytes.size()] = input[2];
    }
    Driver driver;
    driver.sign = [](ByteView) { return Signature{}; };
    driver.verify = false;
    if (auto opened = driver.open(disk); !opened) {
        if (opened.error().code != Code::corrupt)
            std::abort();
        return 0;
    }
    auto read = driver.read_everything();
    if (!read) { // checksums forged, but not the root
        if (read.error().code != Code::corrupt)
            std::abort();
        return 0;
    }
    if (read->size() > good().records.size() ||
        !std::equal(read->begin(), read->end(), good().records.begin()))
        std::abort();
    return 0;
}
