using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using MlOps.Core.Features;
using MlOps.Core.Specification;
using MlOps.Data.Features;
using MlOps.Serving.OpenInference;

namespace MlOps.Serving.Tests.OpenInference;

public class TensorTests
{
    [Fact]
    public void Texts_are_the_same_in_JSON_and_in_binary() => Check.QuickThrowOnFailure(Prop.ForAll<NonNull<string>[]>(texts =>
    {
        if (texts.Length is 0) return true;
        // A half of a surrogate pair is no text in either form.
        var values = texts.Select(t => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(t.Get))).ToArray();
        var binary = values.SelectMany(v => (byte[])[.. BitConverter.GetBytes(Encoding.UTF8.GetByteCount(v)), .. Encoding.UTF8.GetBytes(v)]).ToArray();
        var fromBinary = BinaryTensor.Read("x", Datatype.Bytes, values.Length, binary);
        var fromJson = JsonTensor.Read("x", Datatype.Bytes, values.Length, JsonSerializer.SerializeToUtf8Bytes(values));
        return Enumerable.Range(0, values.Length).All(i => fromBinary.TextOf(i) == values[i] && fromJson.TextOf(i) == values[i]);
    }));

    [Fact]
    public void Numbers_are_the_same_in_JSON_and_in_binary() => Check.QuickThrowOnFailure(Prop.ForAll<long[]>(values =>
    {
        if (values.Length is 0) return true;
        var binary = new byte[8 * values.Length];
        for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteInt64LittleEndian(binary.AsSpan(8 * i), values[i]);
        var (whole, json) = (Datatype.Find("INT64")!, JsonSerializer.SerializeToUtf8Bytes(values));
        var (left, right) = (BinaryTensor.Read("x", whole, values.Length, binary), JsonTensor.Read("x", whole, values.Length, json));
        return Enumerable.Range(0, values.Length).All(i => left.TextOf(i) == right.TextOf(i));
    }));

    [Theory]
    [InlineData("FP16", new byte[] { 0x00, 0x3e }, "1.5")]
    [InlineData("BF16", new byte[] { 0xc0, 0x3f }, "1.5")]
    [InlineData("FP32", new byte[] { 0, 0, 0xc0, 0x3f }, "1.5")]
    [InlineData("FP64", new byte[] { 0, 0, 0, 0, 0, 0, 0xf8, 0x3f }, "1.5")]
    [InlineData("INT8", new byte[] { 0xff }, "-1")]
    [InlineData("UINT8", new byte[] { 0xff }, "255")]
    [InlineData("INT16", new byte[] { 0xfe, 0xff }, "-2")]
    [InlineData("UINT16", new byte[] { 0xfe, 0xff }, "65534")]
    [InlineData("INT32", new byte[] { 0xfe, 0xff, 0xff, 0xff }, "-2")]
    [InlineData("UINT32", new byte[] { 0xfe, 0xff, 0xff, 0xff }, "4294967294")]
    [InlineData("BOOL", new byte[] { 1 }, "true")]
    public void Elements_are_little_endian(string datatype, byte[] bytes, string expected) =>
        Assert.Equal(expected, BinaryTensor.Read("x", Datatype.Find(datatype)!, 1, bytes).TextOf(0));

    [Fact]
    public void A_whole_number_beyond_a_columns_range_is_refused() =>
        Assert.Throws<InferException>(() => BinaryTensor.Read("x", Datatype.Find("UINT64")!, 1, new byte[] { 255, 255, 255, 255, 255, 255, 255, 255 }));

    [Fact]
    public void A_matrix_holds_all_columns_in_the_models_order()
    {
        var reader = Reader(("a", ColumnType.Double), ("b", ColumnType.Int));
        using var computer = new FeatureComputer(Transform(("a", ColumnType.Double), ("b", ColumnType.Int)));
        var matrix = new InferTensor("x", [2, 2], new RealValues([1.5, 2, 3.5, 4]));
        var batch = computer.Compute([new TensorRows([matrix]).Read(reader, 10, null)], default);
        Assert.Equal([1.5f, 3.5f], ((NumberColumn)batch.Columns[0]).Values.ToArray());
        Assert.Equal([2f, 4f], ((NumberColumn)batch.Columns[1]).Values.ToArray());
    }

    [Fact]
    public void Columns_of_different_lengths_are_refused()
    {
        var rows = new TensorRows([new("a", [2], new RealValues([1, 2])), new("b", [1], new RealValues([1]))]);
        var refused = Assert.Throws<MlOps.Serving.Prediction.PredictionException>(() => rows.Read(Reader(("a", ColumnType.Double), ("b", ColumnType.Int)), 10, null));
        Assert.Contains("'a' has 2 rows, input 'b' has 1", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_can_be_looked_at_as_objects()
    {
        var rows = new TensorRows([new("a", [2], new RealValues([1.5, double.NaN])), new("b", [2], new TextValues(["x"u8.ToArray(), null]))]);
        Assert.Equal(["""{"a":1.5,"b":"x"}""", """{"a":null,"b":null}"""], rows.Instances.Select(i => i.GetRawText()));
        Assert.Equal(("1.5", "x", null), (rows.KeyOf("a"), rows.KeyOf("b"), rows.KeyOf("c")));
    }

    [Fact]
    public void Of_text_that_is_no_utf8_what_can_be_read_is_shown()
    {
        var rows = new TensorRows([new("a", [1], new TextValues([new byte[] { (byte)'x', 0xFF }])), new("m", [1, 2], new TruthValues([true, null]))]);
        Assert.Equal(("x\uFFFD", "[true,null]"), (rows.Instances[0].GetProperty("a").GetString(), rows.Instances[0].GetProperty("m").GetRawText()));
    }

    private static RawRowsReader Reader(params (string Name, ColumnType Type)[] columns) => new(Transform(columns));

    private static FeatureTransform Transform(params (string Name, ColumnType Type)[] columns) => new()
    {
        Columns = [.. columns.Select(c => new ColumnSpec { Name = c.Name, Type = c.Type })],
        Features = [.. columns.Select(c => new FeatureDefinition(c.Name, c.Name, FeatureKind.Number))],
        Label = new("answer", "a", LearningTask.Regression, []),
    };
}
