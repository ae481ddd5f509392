using System.Buffers.Binary;
using System.IO.Compression;
using MlOps.Data.Ingest.Images;
using MlOps.Data.Ingest.Images.Jpeg;

namespace MlOps.Data.Tests.Ingest.Images;

public sealed class PictureReaderTests
{
    private const long MaxPixels = 1L << 20;

    /// <summary>Where the pictures lie that make-pictures.mjs made: copied beside the tests, since the compiler of a CI build hides the paths of sources.</summary>
    internal static string Made(string name) => Path.Combine(AppContext.BaseDirectory, "Ingest", "Images", "pictures", name);

    // The expected values are those of libvips; see make-pictures.mjs.
    [Theory]
    [InlineData("colour.png", 161.107, 69.772)]
    [InlineData("interlaced.png", 161.107, 69.772)]
    [InlineData("transparent.png", 161.107, 69.772)]
    [InlineData("grey.png", 166.875, 66.257)]
    [InlineData("grey-transparent.png", 166.875, 66.257)]
    [InlineData("palette-4.png", 160.924, 68.572)]
    [InlineData("palette-1-interlaced.png", 160.410, 53.174)]
    public void The_luma_of_a_png_is_that_of_libvips(string name, double brightness, double contrast) =>
        Equal(brightness, contrast, PngReader.Read(File.OpenRead(Made(name)), MaxPixels), 0.001);

    // libvips rounds what it writes with sixteen bits.
    [Fact]
    public void Sixteen_bits_a_colour_are_scaled() => Equal(161.107, 69.772, PngReader.Read(File.OpenRead(Made("deep.png")), MaxPixels), 0.2);

    // The luma is coded as it is; by way of rounded colours where colours are clipped it differs by fractions.
    [Theory]
    [InlineData("sequential-420.jpg", 160.497, 68.914)]
    [InlineData("sequential-444.jpg", 160.852, 69.421)]
    [InlineData("progressive-420.jpg", 160.497, 68.914)]
    [InlineData("progressive-444.jpg", 160.945, 69.522)]
    [InlineData("grey.jpg", 166.654, 66.066)]
    [InlineData("grey-progressive.jpg", 166.654, 66.066)]
    public void The_luma_of_a_jpeg_is_that_of_libvips(string name, double brightness, double contrast) =>
        Equal(brightness, contrast, JpegReader.Read(File.OpenRead(Made(name)), MaxPixels), 0.7);

    [Fact]
    public void Prediction_begins_anew_after_a_restart_marker()
    {
        // Two grey blocks of one value each: 128 + 40 and 128 - 40.
        byte[] ones = [.. Enumerable.Repeat((byte)8, 64)];
        byte[] jpeg =
        [
            0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0, .. ones, 0xFF, 0xC0, 0, 11, 8, 0, 8, 0, 16, 1, 1, 0x11, 0,
            0xFF, 0xC4, 0, 21, 0x00, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6,
            0xFF, 0xC4, 0, 20, 0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            0xFF, 0xDD, 0, 4, 0, 1, 0xFF, 0xDA, 0, 8, 1, 1, 0x00, 0, 63, 0,
            0b1010_1000, 0b0111_1111, 0xFF, 0xD0, 0b1001_0111, 0b0111_1111, 0xFF, 0xD9,
        ];
        var facts = JpegReader.Read(new MemoryStream(jpeg), MaxPixels);
        Assert.Equal((16, 8), (facts.Width, facts.Height));
        Assert.Equal((128, 40), (facts.Brightness, facts.Contrast));
    }

    [Theory]
    [InlineData("colour.png")]
    [InlineData("interlaced.png")]
    [InlineData("sequential-420.jpg")]
    [InlineData("progressive-420.jpg")]
    public void A_picture_that_is_cut_off_anywhere_is_broken(string name)
    {
        var whole = File.ReadAllBytes(Made(name));
        for (var length = 3; length < whole.Length - 64; length += 61) Assert.Throws<BrokenImageException>(() => Read(name, whole[..length]));
    }

    [Theory]
    [InlineData("colour.png")]
    [InlineData("palette-1-interlaced.png")]
    [InlineData("sequential-420.jpg")]
    [InlineData("progressive-444.jpg")]
    public void Damage_is_an_error_of_the_picture_or_goes_unseen_and_nothing_else(string name)
    {
        var random = new Random(7);
        for (var round = 0; round < 400; round++)
        {
            var damaged = File.ReadAllBytes(Made(name));
            for (var i = 0; i < 4; i++) damaged[random.Next(3, damaged.Length)] = (byte)random.Next(256);
            try
            {
                var facts = Read(name, damaged);
                Assert.InRange(facts.Brightness, 0, 255);
            }
            catch (BrokenImageException)
            {
                // What it should be.
            }
        }
    }

    [Fact]
    public void A_picture_that_expands_without_end_is_refused_by_its_header()
    {
        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, 2_000_000);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), 2_000_000);
        (header[8], header[9]) = (8, 2);
        WriteChunk(file, "IHDR"u8, header);
        using var pixels = new MemoryStream();
        using (var zlib = new ZLibStream(pixels, CompressionLevel.Fastest, leaveOpen: true)) zlib.Write(new byte[1 << 20]);
        WriteChunk(file, "IDAT"u8, pixels.ToArray());
        file.Position = 0;
        Assert.Contains("2000000 x 2000000 pixels are more than", Assert.Throws<BrokenImageException>(() => PngReader.Read(file, 1L << 28)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Colours_that_are_not_read_are_told() =>
        Assert.Contains("save it as sRGB", Assert.Throws<BrokenImageException>(() => JpegReader.Read(File.OpenRead(Made("cmyk.jpg")), MaxPixels)).Message, StringComparison.Ordinal);

    private static PictureFacts Read(string name, byte[] content) => name.EndsWith("png", StringComparison.Ordinal)
        ? PngReader.Read(new MemoryStream(content), MaxPixels)
        : JpegReader.Read(new MemoryStream(content), MaxPixels);

    private static void Equal(double brightness, double contrast, PictureFacts facts, double tolerance)
    {
        Assert.Equal((61, 43), (facts.Width, facts.Height));
        Assert.Equal(brightness, facts.Brightness, tolerance);
        Assert.Equal(contrast, facts.Contrast, tolerance);
    }

    private static void WriteChunk(MemoryStream file, ReadOnlySpan<byte> type, byte[] content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        file.Write(number);
        file.Write(type);
        file.Write(content);
        // The checksum is not checked.
        file.Write(number);
    }
}
