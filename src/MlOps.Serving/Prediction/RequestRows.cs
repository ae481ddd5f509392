using System.Text.Json;
using MlOps.Data.Features;

namespace MlOps.Serving.Prediction;

/// <summary>The rows of a request, in the form they came in. Each variant reads them for itself: their models may differ in what they take.</summary>
internal abstract class RequestRows
{
    private int? _count;

    /// <summary>When what the rows ask about happens, UTC, where the caller says so; known once they are read.</summary>
    public DateTimeOffset? EventTime { get; private protected set; }

    /// <summary>Reads the rows as a model takes them.</summary>
    /// <param name="reader">Of the model.</param>
    /// <param name="maxRows">Most rows that are taken.</param>
    /// <param name="passedBy">A field that rows may have though it is no column of the model.</param>
    /// <exception cref="InvalidInstancesException">A row cannot be used.</exception>
    /// <exception cref="PredictionException">The request has no rows, or another form.</exception>
    public RawRows Read(RawRowsReader reader, int maxRows, string? passedBy)
    {
        var rows = ReadRows(reader, maxRows, passedBy);
        _count = rows.Rows;
        return rows;
    }

    /// <summary>A column's value in the first row, as text; <see langword="null"/> when it has none.</summary>
    public abstract string? KeyOf(string column);

    /// <summary>The rows as JSON objects, made when somebody looks; without those that were never read.</summary>
    public IReadOnlyList<JsonElement> Instances => new LazyInstances(_count, Parse);

    private protected abstract RawRows ReadRows(RawRowsReader reader, int maxRows, string? passedBy);

    private protected abstract IReadOnlyList<JsonElement> Parse();
}
