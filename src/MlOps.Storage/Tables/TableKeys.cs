using System.Text.RegularExpressions;

namespace MlOps.Storage.Tables;

/// <summary>The rules of table names, keys and documents, the same for every store.</summary>
public static partial class TableKeys
{
    /// <summary>Most characters of a key.</summary>
    public const int MostCharacters = 512;

    /// <summary>Most bytes of UTF-8 of a document.</summary>
    public const int MostDocumentBytes = 500 * 1024;

    /// <summary>Checks a table's name.</summary>
    /// <exception cref="TableKeyException">It breaks the rule.</exception>
    public static void CheckTable(string table)
    {
        if (!TableName().IsMatch(table))
            throw new TableKeyException($"'{table}' is no table name: expected 3 to 63 lower-case letters and digits, beginning with a letter.");
    }

    /// <summary>Checks a partition or row key.</summary>
    /// <exception cref="TableKeyException">It breaks the rule.</exception>
    public static void CheckKey(string key)
    {
        if (key.Length is 0) throw new TableKeyException("A key is empty; it has 1 to 512 characters.");
        CheckKeyPrefix(key);
    }

    /// <summary>Checks the beginning of a key; it may be empty.</summary>
    /// <exception cref="TableKeyException">No key begins so.</exception>
    public static void CheckKeyPrefix(string prefix)
    {
        if (prefix.Length > MostCharacters)
            throw new TableKeyException($"A key has {prefix.Length} characters, more than {MostCharacters}: '{prefix[..40]}…'.");
        for (var i = 0; i < prefix.Length; i++)
        {
            if (prefix[i] is '/' or '\\' or '#' or '?' || char.IsControl(prefix[i]))
                throw new TableKeyException($"'{prefix}' is no key: it holds one of / \\ # ? or a control character; replace these.");
            if (!char.IsSurrogate(prefix[i])) continue;
            if (i + 1 == prefix.Length || !char.IsSurrogatePair(prefix[i], prefix[i + 1]))
                throw new TableKeyException($"'{prefix}' is no key: it is no valid Unicode text.");
            i++;
        }
    }

    [GeneratedRegex(@"^[a-z][a-z0-9]{2,62}\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TableName();
}

/// <summary>A text cannot be a table's name or a key.</summary>
public sealed class TableKeyException(string message) : ArgumentException(message);

/// <summary>A text cannot be a document.</summary>
public sealed class TableDocumentException(string table, string partition, string row, string rule)
    : ArgumentException($"The document '{table}/{partition}/{row}' cannot be stored: {rule}");
