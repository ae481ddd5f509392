using FsCheck;
using FsCheck.Fluent;
using MlOps.Storage.Blobs;
using MlOps.Storage.Local;
using MlOps.Storage.Tables;
using MlOps.Storage.Tests.Tables;

namespace MlOps.Storage.Tests.Local;

public sealed class LocalTableStoreTests : TableStoreContract, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly LocalTableStore _tables;

    public LocalTableStoreTests() => _tables = new(_folder["system/tables.db"]);

    protected override ITableStore Tables => _tables;

    public void Dispose()
    {
        _tables.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Another_opening_of_the_file_sees_what_was_written()
    {
        var eTag = await WriteAsync("p", "r", """{"n":1}""");
        using var again = new LocalTableStore(_folder["system/tables.db"]);
        Assert.Equal(eTag, (await again.TryGetAsync(Table, "p", "r", default))!.ETag);
        Assert.NotNull(await again.TryWriteAsync(Table, "p", "r", "{}", WriteCondition.IfMatch(eTag!), default));
        Assert.Null(await WriteAsync("p", "r", "{}", WriteCondition.IfMatch(eTag!)));
    }

    [Fact]
    public void A_file_that_is_no_database_is_an_error_that_names_it()
    {
        File.WriteAllText(_folder["no.db"], "this is a text, and one that is longer than the header of a database would be: sixteen bytes");
        var error = Assert.Throws<IOException>(() => new LocalTableStore(_folder["no.db"]));
        Assert.Contains("no.db", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_sequence_of_writes_reads_like_a_dictionary_in_pages_of_any_size()
    {
        var key = Gen.Elements("a", "b", "a b", "aa", "é", "😀", "\uffee", "z");
        var step = key.Zip(key).Zip(Gen.Choose(0, 3));
        var next = 0;
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(60), Prop.ForAll(step.ArrayOf().ToArbitrary(), Gen.Choose(1, 7).ToArbitrary(), (steps, take) =>
        {
            // One table for each case: the file is the expensive part.
            var table = $"table{next++}";
            var expected = new Dictionary<(string, string), (string Json, string ETag)>();
            foreach (var ((partition, row), kind) in steps)
            {
                var (json, known) = ($$"""{"n":{{next}},"k":{{kind}}}""", expected.TryGetValue((partition, row), out var current));
                if (kind is 0)
                {
                    _tables.DeleteAsync(table, partition, row, default).GetAwaiter().GetResult();
                    expected.Remove((partition, row));
                    continue;
                }
                var condition = kind switch { 1 => WriteCondition.IfAbsent, 2 => WriteCondition.IfMatch(current.ETag ?? "0"), _ => WriteCondition.None };
                var eTag = _tables.TryWriteAsync(table, partition, row, json, condition, default).GetAwaiter().GetResult();
                Assert.Equal(kind switch { 1 => !known, 2 => known, _ => true }, eTag is not null);
                if (eTag is not null) expected[(partition, row)] = (json, eTag);
            }
            Assert.Equal(InCodePointOrder(expected, "", false), Read(table, new TableQuery { Take = take }));
            Assert.Equal(InCodePointOrder(expected, "a", true), Read(table, new TableQuery { Take = take, RowPrefix = "a", Descending = true }));
        }));
    }

    private static List<TableRow> InCodePointOrder(Dictionary<(string Partition, string Row), (string Json, string ETag)> rows, string rowPrefix, bool descending)
    {
        // UTF-32 in big-endian order compares like the code points that it holds.
        static string Order(string key) => Convert.ToHexString(new System.Text.UTF32Encoding(bigEndian: true, byteOrderMark: false).GetBytes(key));
        var found = rows.Where(r => r.Key.Row.StartsWith(rowPrefix, StringComparison.Ordinal))
            .OrderBy(r => Order(r.Key.Partition), StringComparer.Ordinal).ThenBy(r => Order(r.Key.Row), StringComparer.Ordinal)
            .Select(r => new TableRow(r.Key.Partition, r.Key.Row, r.Value.Json, r.Value.ETag)).ToList();
        if (descending) found.Reverse();
        return found;
    }

    private List<TableRow> Read(string table, TableQuery query)
    {
        var rows = new List<TableRow>();
        for (string? token = null; ;)
        {
            var page = _tables.QueryAsync(table, query with { ContinuationToken = token }, default).GetAwaiter().GetResult();
            rows.AddRange(page.Rows);
            if ((token = page.ContinuationToken) is null) return rows;
        }
    }
}
