"""Functions, commands and database tables."""

from typing import NamedTuple

from .tables import pairs, rows


class PythonFunction(NamedTuple):
    """One function; ``~`` separates the lines of its body."""

    purpose: str
    name: str
    arguments: str
    body: str
    explanation: str


class JavaScriptFunction(NamedTuple):
    """One function with a single statement."""

    purpose: str
    name: str
    arguments: str
    body: str


PYTHON = rows(
    """
returns the sum of a list of numbers|sum_list|numbers|return sum(numbers)|It adds all the numbers with the built-in sum function.
reverses a string|reverse_string|text|return text[::-1]|The slice with step -1 reads the string backwards.
checks if a number is even|is_even|n|return n % 2 == 0|A number is even if the remainder of division by 2 is zero.
checks if a number is odd|is_odd|n|return n % 2 == 1|A number is odd if the remainder of division by 2 is one.
returns the largest number in a list|find_max|numbers|return max(numbers)|The built-in max function returns the largest value.
returns the smallest number in a list|find_min|numbers|return min(numbers)|The built-in min function returns the smallest value.
calculates the factorial of a number|factorial|n|result = 1~for i in range(2, n + 1):~    result *= i~return result|The loop multiplies all numbers from 2 to n.
counts the vowels in a string|count_vowels|text|return sum(1 for c in text.lower() if c in "aeiou")|It counts each character that is a vowel.
checks if a string is a palindrome|is_palindrome|text|text = text.lower()~return text == text[::-1]|A palindrome reads the same in both directions.
calculates the average of a list|average|numbers|return sum(numbers) / len(numbers)|The average is the sum divided by the number of values.
removes duplicates from a list|unique|items|return list(dict.fromkeys(items))|A dictionary keeps each item once and in order.
sorts a list of words by length|sort_by_length|words|return sorted(words, key=len)|The key argument tells sorted to compare lengths.
counts the words in a sentence|count_words|text|return len(text.split())|The split method cuts the text at spaces.
returns the square of each number in a list|squares|numbers|return [n ** 2 for n in numbers]|A list comprehension squares every number.
returns only the even numbers from a list|even_numbers|numbers|return [n for n in numbers if n % 2 == 0]|The condition keeps only even numbers.
checks if a number is prime|is_prime|n|if n < 2:~    return False~for i in range(2, int(n ** 0.5) + 1):~    if n % i == 0:~        return False~return True|It tests possible divisors up to the square root.
returns the first n Fibonacci numbers|fibonacci|n|result = []~a, b = 0, 1~for _ in range(n):~    result.append(a)~    a, b = b, a + b~return result|Each number is the sum of the two before it.
merges two dictionaries|merge_dicts|a, b|return {**a, **b}|Values from the second dictionary win when keys repeat.
counts how often each word appears in a text|word_counts|text|counts = {}~for word in text.split():~    counts[word] = counts.get(word, 0) + 1~return counts|The dictionary stores a counter for each word.
converts Celsius to Fahrenheit|to_fahrenheit|c|return c * 9 / 5 + 32|The formula multiplies by 9/5 and adds 32.
converts kilometers to miles|to_miles|km|return km * 0.621371|One kilometer is about 0.62 miles.
calculates the area of a circle|circle_area|radius|import math~return math.pi * radius ** 2|The area is pi times the radius squared.
calculates the area of a rectangle|rectangle_area|width, height|return width * height|The area is the width times the height.
joins a list of words with commas|join_words|words|return ", ".join(words)|The join method puts the separator between the words.
reads all lines of a file|read_lines|path|with open(path) as f:~    return f.read().splitlines()|The with statement closes the file automatically.
writes a text to a file|write_text|path, text|with open(path, "w") as f:~    f.write(text)|The mode "w" opens the file for writing.
flattens a list of lists|flatten|lists|return [x for sub in lists for x in sub]|The comprehension visits every item of every inner list.
swaps the keys and values of a dictionary|invert|d|return {v: k for k, v in d.items()}|The dictionary comprehension swaps each pair.
finds the longest word in a list|longest|words|return max(words, key=len)|The key argument compares the words by length.
capitalizes every word in a sentence|capitalize_words|text|return text.title()|The title method makes the first letter of each word uppercase.
returns the common items of two lists|common|a, b|return [x for x in a if x in b]|It keeps the items of a that are also in b.
counts how often a character appears in a string|count_char|text, char|return text.count(char)|The count method returns the number of matches.
generates a random number between two values|random_number|low, high|import random~return random.randint(low, high)|The randint function includes both ends.
returns the absolute difference of two numbers|difference|a, b|return abs(a - b)|The abs function removes the sign.
checks if a list is empty|is_empty|items|return len(items) == 0|An empty list has length zero.
returns the last item of a list|last_item|items|return items[-1]|The index -1 points to the last item.
calculates the power of a number|power|base, exponent|return base ** exponent|The operator ** raises a number to a power.
finds the greatest common divisor of two numbers|gcd|a, b|while b:~    a, b = b, a % b~return a|This is the algorithm of Euclid.
removes all spaces from a string|remove_spaces|text|return text.replace(" ", "")|The replace method changes each space to nothing.
performs a binary search in a sorted list|binary_search|items, target|low, high = 0, len(items) - 1~while low <= high:~    mid = (low + high) // 2~    if items[mid] == target:~        return mid~    if items[mid] < target:~        low = mid + 1~    else:~        high = mid - 1~return -1|Each step cuts the search range in half.
""",
    PythonFunction,
)

JAVASCRIPT = rows(
    """
adds two numbers|add|a, b|return a + b;
reverses a string|reverseString|text|return text.split("").reverse().join("");
checks if a number is even|isEven|n|return n % 2 === 0;
returns the largest number in an array|findMax|numbers|return Math.max(...numbers);
removes duplicates from an array|unique|items|return [...new Set(items)];
counts the characters in a string|countChars|text|return text.length;
doubles every number in an array|doubleAll|numbers|return numbers.map(n => n * 2);
converts a string to uppercase|toUpper|text|return text.toUpperCase();
returns the sum of an array|sumArray|numbers|return numbers.reduce((a, b) => a + b, 0);
filters the positive numbers of an array|positives|numbers|return numbers.filter(n => n > 0);
returns the first item of an array|firstItem|items|return items[0];
checks if an array contains a value|contains|items, value|return items.includes(value);
""",
    JavaScriptFunction,
)

BASH = pairs(
    """
list the files in a directory|ls -l
show the current directory|pwd
create a new directory|mkdir my_folder
copy a file|cp source.txt target.txt
rename a file|mv old.txt new.txt
delete a file|rm file.txt
count the lines of a file|wc -l file.txt
search for a word in a file|grep "word" file.txt
show the first lines of a file|head file.txt
show the last lines of a file|tail file.txt
make a script executable|chmod +x script.sh
show the disk usage|df -h
show the running processes|ps aux
download a file from the web|curl -O https://example.com/file.txt
"""
)

GIT = pairs(
    """
create a new branch|git checkout -b new-branch
see the commit history|git log
undo the last commit but keep the changes|git reset --soft HEAD~1
discard the changes in a file|git checkout -- file.txt
save my changes without a commit|git stash
merge a branch|git merge branch-name
delete a local branch|git branch -d branch-name
see the changes|git diff
clone a repository|git clone https://example.com/repo.git
upload my commits|git push
download new commits|git pull
stage all files|git add .
"""
)

COLUMNS = {
    "users": ["name", "age", "city", "email"],
    "products": ["name", "price", "stock", "category"],
    "orders": ["id", "total", "date", "status"],
    "employees": ["name", "salary", "department", "age"],
    "books": ["title", "author", "pages", "year"],
    "students": ["name", "grade", "age", "school"],
}

NUMERIC_COLUMNS = {
    "users": ["age"],
    "products": ["price", "stock"],
    "orders": ["total", "id"],
    "employees": ["salary", "age"],
    "books": ["pages", "year"],
    "students": ["grade", "age"],
}
