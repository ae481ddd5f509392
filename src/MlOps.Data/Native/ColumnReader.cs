using MlOps.Core.Features;

namespace MlOps.Data.Native;

/// <summary>Gathers the chunks of a result, whose columns are FLOAT or VARCHAR, into batches. Not thread-safe.</summary>
/// <param name="columns">The columns of the results.</param>
internal sealed class ColumnReader(IReadOnlyList<(string Name, bool IsText)> columns)
{
    private readonly TextPool[] _pools = [.. columns.Select(_ => new TextPool())];

    /// <summary>Reads the next rows of a result.</summary>
    /// <param name="result">The result.</param>
    /// <param name="rows">How many at least, if there are as many; at most one chunk more.</param>
    /// <returns>A batch; without rows at the end.</returns>
    public FeatureBatch Read(DuckDbResult result, int rows) => Read(result, rows, capacity: rows + DuckDbLibrary.VectorSize);

    /// <summary>Reads a result whose number of rows is known.</summary>
    public FeatureBatch ReadAll(DuckDbResult result, int rows) => Read(result, rows, capacity: rows);

    private FeatureBatch Read(DuckDbResult result, int rows, int capacity)
    {
        var numbers = columns.Select(c => c.IsText ? [] : new float[capacity]).ToArray();
        var texts = columns.Select(c => c.IsText ? new string[capacity] : []).ToArray();
        var done = 0;
        while (done < rows && result.NextChunk())
        {
            for (var c = 0; c < columns.Count; c++)
            {
                if (columns[c].IsText) result.Column(c).CopyTexts(texts[c].AsSpan(done), _pools[c]);
                else result.Column(c).CopyFloats(numbers[c].AsSpan(done));
            }
            done += result.Count;
        }
        return new FeatureBatch(done, [.. columns.Select(FeatureColumn (c, i) => c.IsText
            ? new CategoryColumn(c.Name, texts[i].AsMemory(0, done))
            : new NumberColumn(c.Name, numbers[i].AsMemory(0, done)))]);
    }
}
