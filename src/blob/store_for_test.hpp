// The stores that the conformance suite runs against.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/ensure.hpp"
#include "base/rng.hpp"
#include "blob/directory_store.hpp"
#include "support/temporary_directory.hpp"

namespace bw::blob::test {

class StoreUnderTest {
public:
    virtual ~StoreUnderTest() = default;
    virtual Store& store() = 0;
};

struct StoreFactory {
    std::string name;
    std::function<std::unique_ptr<StoreUnderTest>()> make; // null: it cannot run here
};

class DirectoryUnderTest final : public StoreUnderTest {
public:
    DirectoryUnderTest() {
        auto opened = open_directory_store(directory_.path() / "files", {.bytes_kept_free = 0});
        ENSURE(opened, "no directory store for a test");
        store_ = *std::move(opened);
    }
    Store& store() override { return *store_; }

private:
    bw::test::TemporaryDirectory directory_;
    std::unique_ptr<Store> store_;
};

inline std::vector<StoreFactory> stores() {
    return {{"Directory", [] { return std::make_unique<DirectoryUnderTest>(); }}};
}

} // namespace bw::blob::test
