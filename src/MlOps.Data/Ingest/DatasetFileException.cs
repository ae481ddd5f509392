using System.Text;

namespace MlOps.Data.Ingest;

/// <summary>A file cannot become part of a dataset. Nothing of the drop was kept.</summary>
/// <example>flights.csv: line 7, column 'delay', value 'abc': no int. Correct the value, or declare another type.</example>
public sealed class DatasetFileException : Exception
{
    /// <summary>A file that cannot be used.</summary>
    /// <param name="file">The file's name.</param>
    /// <param name="problem">The rule that is broken.</param>
    /// <param name="remedy">What to do.</param>
    /// <param name="line">Line of text, from 1.</param>
    /// <param name="column">The column.</param>
    /// <param name="value">The value.</param>
    /// <param name="inner">What DuckDB or the system said.</param>
    public DatasetFileException(
        string file, string problem, string remedy, long? line = null, string? column = null, string? value = null, Exception? inner = null)
        : base(Describe(file, problem, remedy, line, column, value), inner) =>
        (File, Line, Column, Value, Problem, Remedy) = (file, line, column, value, problem, remedy);

    /// <summary>The file's name.</summary>
    public string File { get; }

    /// <summary>Line of text, from 1; <see langword="null"/> where the problem is not in one line.</summary>
    public long? Line { get; }

    /// <summary>The column; <see langword="null"/> where the problem is not in one column.</summary>
    public string? Column { get; }

    /// <summary>The value; <see langword="null"/> where the problem is not in one value.</summary>
    public string? Value { get; }

    /// <summary>The rule that is broken.</summary>
    public string Problem { get; }

    /// <summary>What to do.</summary>
    public string Remedy { get; }

    /// <summary>The same of other files of the drop, where several cannot be used.</summary>
    public IReadOnlyList<DatasetFileException> Others { get; private init; } = [];

    /// <summary>The same error, with those of other files.</summary>
    internal DatasetFileException With(IReadOnlyList<DatasetFileException> others) =>
        new(File, Problem, Remedy, Line, Column, Value, InnerException) { Others = others };

    private static string Describe(string file, string problem, string remedy, long? line, string? column, string? value)
    {
        var text = new StringBuilder(Printable(file)).Append(": ");
        if (line is not null) text.Append("line ").Append(line).Append(", ");
        if (column is not null) text.Append("column '").Append(column).Append("', ");
        if (value is not null) text.Append("value '").Append(Printable(value.Length > 80 ? value[..80] + "…" : value)).Append("', ");
        if (text[^2] == ',') text.Remove(text.Length - 2, 2).Append(": ");
        return text.Append(problem).Append(' ').Append(remedy).ToString();
    }

    // Names and values come from outside: control characters could rewrite a terminal or a log.
    private static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '\uFFFD' : c));
}
