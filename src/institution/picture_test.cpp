#include "institution/picture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "institution/pictures_for_test.hpp"

namespace bw::institution {
namespace {

using namespace test;
using namespace std::string_literals;
using testing::HasSubstr;

std::string why(const Bytes& bytes) {
    const auto picture = check_picture(bytes);
    return picture ? "taken" : picture.error().detail;
}

TEST(Pictures, ArePngAndWebpByTheirBytes) {
    const auto grey = check_picture(png(40, 30));
    ASSERT_TRUE(grey) << grey.error().text();
    EXPECT_EQ(grey->media_type, "image/png");
    EXPECT_EQ(grey->width, 40U);
    EXPECT_EQ(grey->height, 30U);
    EXPECT_EQ(grey->bytes, png(40, 30));
    for (const Bytes& chunks :
         {lossless(40, 30), lossy(40, 30), canvas(40, 30) + lossless(40, 30),
          canvas(40, 30, '\x10') + riff_chunk("ALPH", "abc") + lossy(40, 30)}) {
        const auto picture = check_picture(webp_of(chunks));
        ASSERT_TRUE(picture) << picture.error().text();
        EXPECT_EQ(picture->media_type, "image/webp");
        EXPECT_EQ(picture->width, 40U);
        EXPECT_EQ(picture->height, 30U);
        EXPECT_EQ(picture->bytes, webp_of(chunks));
    }
}

TEST(Pictures, LoseWhatCameAlong) {
    const Bytes text = png_chunk("tEXt", "Author\0Ada Abara"s),
                place = png_chunk("eXIf", "51.5 N 0.1 W");
    const auto picture = check_picture(png(3, 2, text + place));
    ASSERT_TRUE(picture) << picture.error().text();
    EXPECT_EQ(picture->bytes, png(3, 2));
    const auto webp =
        check_picture(webp_of(canvas(9, 9, '\x0c') + lossless(9, 9) + riff_chunk("EXIF", "51.5 N") +
                              riff_chunk("XMP ", "<x>Ada</x>")));
    ASSERT_TRUE(webp) << webp.error().text();
    EXPECT_EQ(webp->bytes, webp_of(canvas(9, 9) + lossless(9, 9)));
}

TEST(Pictures, WhatIsNoneIsRefusedAndSaysWhy) {
    const Bytes good = png();
    Bytes damaged = good;
    damaged[good.size() - 20] ^= 1;
    Bytes lies = webp_of(lossless(9, 9));
    lies[4] ^= 2;
    struct Case {
        Bytes bytes;
        const char* says;
    };
    const Case cases[] = {
        {"", "neither a PNG nor a WebP"},
        {"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "SVG"},
        {"GIF89a", "neither"},
        {"\xff\xd8\xff\xe0", "neither"},
        {good.substr(0, 8), "cut short"},
        {good.substr(0, good.size() - 1), "cut short"},
        {damaged, "damaged"},
        {good + "<script>", "behind the PNG's end"},
        {png(1025, 1), "1025 x 1 points"},
        {Bytes("\x89PNG\r\n\x1a\n") + png_header(0, 1) + png_chunk("IEND", ""), "0 x 1 points"},
        {Bytes("\x89PNG\r\n\x1a\n") + png_header(1, 1, 3) + png_chunk("IEND", ""), "what no PNG"},
        {Bytes("\x89PNG\r\n\x1a\n") + png_header(1, 1) + png_chunk("IEND", ""), "no pixels"},
        {Bytes("\x89PNG\r\n\x1a\n") + png_chunk("IDAT", ""), "begin with its header"},
        {png(3, 2, png_chunk("acTL", Bytes(8, '\0'))), "moves"},
        {png(3, 2, png_chunk("SCRP", "x")), "unknown, and needed"},
        {png(3, 2, png_header(3, 2)), "begin with its header"},
        {webp_of(""), "no picture"},
        {lies, "as long as it says"},
        {webp_of(lossless(9, 9)).substr(0, 20), "as long as it says"},
        {webp_of("VP8"), "cut short"},
        {webp_of(lossless(1025, 9)), "1025 x 9 points"},
        {webp_of(lossy(9, 0)), "9 x 0 points"},
        {webp_of(canvas(9, 9, '\x02') + lossless(9, 9)), "moves"},
        {webp_of(canvas(9, 9) + riff_chunk("ANMF", "x")), "moves"},
        {webp_of(canvas(10, 9) + lossless(9, 9)), "as large as it says"},
        {webp_of(lossless(9, 9) + lossless(9, 9)), "more than one"},
        {webp_of(lossless(9, 9) + canvas(9, 9)), "more than one"},
        {webp_of(riff_chunk("VP8L", "/")), "no proper header"},
        {webp_of(riff_chunk("VP8 ", "x")), "no proper header"},
        {webp_of(riff_chunk("VP8X", "x") + lossless(9, 9)), "no proper header"},
    };
    for (const Case& c : cases)
        EXPECT_THAT(why(c.bytes), HasSubstr(c.says)) << to_hex(c.bytes);
}

} // namespace
} // namespace bw::institution
