export const operator = {
};
