using MlOps.Data.Native;

namespace MlOps.Monitoring.Labels;

/// <summary>How files with joined labels are read.</summary>
internal static class LabelFiles
{
    /// <summary>SQL aggregate over the labels of one row: the last correction, else the label that came first.</summary>
    public const string StandingLabel =
        "coalesce(arg_max(label, received) FILTER (WHERE correction), arg_min(label, received) FILTER (WHERE correction IS NOT TRUE))";

    /// <summary>SQL query of the labels that stand: <c>request, row, label, labelled</c>.</summary>
    public static string Standing(IReadOnlyList<string> files) => files.Count > 0
        ? $"SELECT request, row, {StandingLabel} AS label, min(labelled) AS labelled FROM ({Read(files, "NULL::BOOLEAN AS correction")}) GROUP BY request, row"
        : "SELECT NULL::VARCHAR AS request, 0 AS row, NULL::VARCHAR AS label, NULL::TIMESTAMP AS labelled WHERE false";

    /// <summary>SQL query of files; columns that files of earlier versions lack are as given.</summary>
    public static string Read(IReadOnlyList<string> files, string lacking) =>
        $"SELECT * FROM read_parquet({Sql.List(files)}, union_by_name = true) UNION ALL BY NAME SELECT {lacking} WHERE false";
}
