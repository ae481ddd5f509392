namespace MlOps.Data.Ingest;

/// <summary>Does the same to many files, and tells of all that cannot be used at once: each must be set apart, and the others tried again.</summary>
internal static class FileFaults
{
    /// <summary>Does something to each file.</summary>
    /// <exception cref="DatasetFileException">The first file that cannot be used, with the others.</exception>
    public static List<TResult> Collect<T, TResult>(IReadOnlyList<T> files, Func<T, TResult> action)
    {
        var results = new List<TResult>(files.Count);
        var faults = new List<DatasetFileException>();
        foreach (var file in files)
        {
            try
            {
                results.Add(action(file));
            }
            catch (DatasetFileException e)
            {
                faults.AddRange([e, .. e.Others]);
            }
        }
        return faults is [var first, .. var others] ? throw first.With(others) : results;
    }
}
