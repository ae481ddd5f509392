using System.Text;
using MlOps.Core.Text;

namespace MlOps.Data.Tests.Ingest.Text;

public sealed class EncodingTests : IDisposable
{
    private const string Text = "id,name\n1,Zürich\n2,München\n";
    private readonly IngestFixture _drop = new();

    public void Dispose() => _drop.Dispose();

    [Theory]
    [InlineData("utf-8", true)]
    [InlineData("utf-16", true)]
    [InlineData("utf-16BE", true)]
    [InlineData("utf-16", false)]
    [InlineData("utf-16BE", false)]
    [InlineData("utf-32", true)]
    public void Unicode_is_found_by_its_mark_or_its_zero_bytes(string encoding, bool marked)
    {
        var unicode = Encoding.GetEncoding(encoding);
        _drop.Write("a.csv", [.. marked ? unicode.GetPreamble() : [], .. unicode.GetBytes(Text)]);
        Assert.Equal(["1|Zürich", "2|München"], _drop.Rows("a.csv"));
    }

    [Theory]
    [InlineData("windows-1252", "€uro “quoted”")]
    [InlineData("latin-1", "naïve")]
    [InlineData("iso-8859-15", "€uro")]
    [InlineData("shift_jis", "日本語")]
    [InlineData("gb18030", "中文")]
    [InlineData("windows-1251", "Привет")]
    public void A_declared_encoding_is_read(string encoding, string text)
    {
        _drop.Spec = _drop.Spec with { Files = new() { Encoding = encoding } };
        _drop.Write("a.csv", TextEncodings.TryGet(encoding)!.GetBytes($"id,name\n1,{text}\n"));
        _drop.Write("b.jsonl", TextEncodings.TryGet(encoding)!.GetBytes($"{{\"id\":2,\"name\":\"{text}\"}}\n"));
        // What says itself what it is, is believed.
        _drop.Write("c.csv", $"\uFEFFid,name\n3,{text}\n");
        Assert.Equal([$"1|{text}", $"2|{text}", $"3|{text}"], _drop.Rows("a.csv", "b.jsonl", "c.csv"));
    }

    [Fact]
    public void Pieces_may_cut_a_character()
    {
        // Three bytes a character: no size of a piece is a multiple of all.
        var text = string.Concat(Enumerable.Range(0, 60_000).Select(i => $"{i},日本語{i % 10}\n"));
        _drop.Spec = _drop.Spec with { Files = new() { Encoding = "gb18030" } };
        _drop.Write("a.csv", TextEncodings.TryGet("gb18030")!.GetBytes("id,name\n" + text));
        Assert.Equal(60_000, _drop.Rows("a.csv").Count(r => r.EndsWith($"日本語{int.Parse(r.Split('|')[0]) % 10}", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("windows-1252", 0x81, "byte 0x81")]
    [InlineData("shift_jis", 0x81, "bytes 0x810A")]
    [InlineData("us-ascii", 0xFC, "bytes 0xFC")]
    public void Bytes_without_a_meaning_are_refused_with_their_line(string encoding, byte bad, string told)
    {
        _drop.Spec = _drop.Spec with { Files = new() { Encoding = encoding } };
        _drop.Write("a.csv", [.. Encoding.ASCII.GetBytes("id,name\n" + string.Concat(Enumerable.Repeat("1,x\n", 200_000)) + "2,"), bad, (byte)'\n']);
        var error = _drop.Refusal("a.csv");
        Assert.Equal(200_002, error.Line);
        Assert.Contains(told, error.Message, StringComparison.Ordinal);
        Assert.Contains("data.files.encoding", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Utf16_that_is_cut_off_is_refused()
    {
        _drop.Write("a.csv", [0xFF, 0xFE, .. Encoding.Unicode.GetBytes("id,name\n1,x\n"), 0x41]);
        Assert.Contains("cannot be read as utf-16", _drop.Refusal("a.csv").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Latin_letters_are_not_guessed_but_told_what_to_declare()
    {
        _drop.Write("a.csv", Encoding.Latin1.GetBytes(Text));
        var error = _drop.Refusal("a.csv");
        Assert.Equal(2, error.Line);
        Assert.Contains("data.files.encoding", error.Message, StringComparison.Ordinal);
    }
}
